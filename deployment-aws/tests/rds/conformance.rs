//! Core's own suite for backups, on every kind of database and at every level.

use deployment_core::{
    backup::VerifyLevel,
    testkit::{assert_none, conformance},
};
use serde_json::json;

use crate::{
    cloud::{HOUR, virtually},
    support::{Account, Asked},
};

#[test]
fn an_instance_keeps_the_contract_at_every_level() {
    for level in [VerifyLevel::Exists, VerifyLevel::Complete, VerifyLevel::Restored, VerifyLevel::Queried] {
        virtually(async {
            let (account, asked) = (Account::new().await, Asked::default());
            let backups = account.instance().queried_by(asked.check());
            assert_none(&conformance::backup::check(&backups, level, HOUR).await);
            assert_eq!(asked.times(), 2, "each backup is queried once");
        });
    }
}

#[test]
fn an_instance_without_a_check_keeps_the_contract() {
    virtually(async {
        let account = Account::new().await;
        assert_none(&conformance::backup::check(&account.instance(), VerifyLevel::Restored, HOUR).await);
    });
}

#[test]
fn a_cluster_keeps_the_contract() {
    virtually(async {
        let (account, asked) = (Account::new().await, Asked::default());
        let backups = account.cluster().queried_by(asked.check());
        assert_none(&conformance::backup::check(&backups, VerifyLevel::Queried, HOUR).await);
        assert_eq!(asked.times(), 2);
    });
}

#[test]
fn a_cluster_of_documentdb_keeps_the_contract() {
    virtually(async {
        let account = Account::new().await;
        account.make(json!({ "cluster": "tasks", "engine": "docdb", "version": "5.0.0", "port": 27017 })).await;
        let config = account.world.virtual_config();
        let backups = deployment_aws::rds::RdsClusterSnapshot::new(&config, "tasks").unwrap().clock(std::sync::Arc::new(account.clock));
        assert_none(&conformance::backup::check(&backups, VerifyLevel::Restored, HOUR).await);
    });
}
