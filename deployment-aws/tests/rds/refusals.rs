//! What is refused, and how it is said.

use deployment_aws::rds::{PointInTime, RdsClusterSnapshot, RdsSnapshot, Snapshots};
use deployment_core::{
    Error, ErrorKind, Result, Status,
    backup::{BackupProvider, Retention, VerifyLevel},
    time::Clock as _,
};
use serde_json::json;

use crate::{
    cloud::{Fault, HOUR, MINUTE, virtually},
    support::{Account, Asked, made},
};

fn said(result: Result<impl std::fmt::Debug>) -> (ErrorKind, Status, String) {
    let error: Error = result.unwrap_err();
    (error.kind(), error.status(), error.to_string())
}

#[test]
fn what_no_database_can_be_called_is_refused_before_any_call() {
    virtually(async {
        let account = Account::new().await;
        let config = account.world.virtual_config();
        assert!(RdsSnapshot::new(&config, "1-orders").unwrap_err().to_string().contains("does not start with a letter"));
        assert!(RdsClusterSnapshot::new(&config, &"a".repeat(64)).unwrap_err().to_string().contains("1 to 63"));
        let (effect, backups) = (account.effect("t", HOUR), account.instance());
        for (name, why) in [("a".repeat(256), "256 characters"), ("pre_deploy".into(), "'_'"), ("a--b".into(), "two in a row")] {
            let (kind, status, text) = said(backups.create(&effect, &name).await);
            assert_eq!((kind, status), (ErrorKind::InvalidInput, Status::Permanent));
            assert!(text.contains(why), "{text}");
        }
        assert!(account.world.proxy().calls().is_empty());
    });
}

#[test]
fn a_database_that_cannot_be_backed_up_is_said_to_be_so() {
    virtually(async {
        let account = Account::new().await;
        account.make(json!({ "instance": "plain", "encrypted": false })).await;
        account.make(json!({ "instance": "broken", "status": "storage-full" })).await;
        let config = account.world.virtual_config();
        let effect = account.effect("t", HOUR);
        for (instance, kind, why) in [
            ("nobody", ErrorKind::NotFound, "there is no instance of this name"),
            ("shop-1", ErrorKind::InvalidInput, "an instance of the cluster shop (aurora-postgresql); use RdsClusterSnapshot"),
            ("plain", ErrorKind::InvalidInput, "it is not encrypted"),
            ("broken", ErrorKind::Failed, "storage-full"),
        ] {
            let said = said(RdsSnapshot::new(&config, instance).unwrap().create(&effect, "before").await);
            assert_eq!((said.0, said.1), (kind, Status::Permanent), "{said:?}");
            assert!(said.2.contains(why) && said.2.contains(instance), "{said:?}");
        }
        let cluster = said(RdsClusterSnapshot::new(&config, "orders").unwrap().create(&effect, "before").await);
        assert!(cluster.2.contains("there is no cluster of this name"), "{cluster:?}");
        assert_eq!(account.names("snapshots").await, Vec::<String>::new());
        let allowed = RdsSnapshot::new(&config, "plain").unwrap().allow_unencrypted();
        made(&allowed, &effect, "before").await;
        assert_eq!(allowed.verify(&effect, "before", VerifyLevel::Complete).await.unwrap(), VerifyLevel::Complete);
    });
}

#[test]
fn a_database_that_is_busy_is_asked_again() {
    virtually(async {
        let account = Account::new().await;
        account.make(json!({ "instance": "busy", "status": "modifying" })).await;
        let busy = RdsSnapshot::new(&account.world.virtual_config(), "busy").unwrap();
        let said = said(busy.create(&account.effect("t", HOUR), "before").await);
        assert_eq!((said.0, said.1), (ErrorKind::Conflict, Status::Temporary), "{said:?}");
        assert!(said.2.contains("modifying"), "{said:?}");
    });
}

#[test]
fn a_quota_that_is_used_up_is_said_in_aws_words() {
    virtually(async {
        let account = Account::new().await;
        account.world.tell("rds-quota", &json!({ "snapshots": 0 })).await;
        let said = said(account.instance().create(&account.effect("t", HOUR), "before").await);
        assert_eq!((said.0, said.1), (ErrorKind::Failed, Status::Permanent), "{said:?}");
        assert!(said.2.contains("SnapshotQuotaExceeded"), "{said:?}");
    });
}

#[test]
fn a_snapshot_of_somebody_else_is_neither_taken_for_ours_nor_touched() {
    virtually(async {
        let account = Account::new().await;
        let effect = account.effect("t", HOUR);
        let backups = account.instance();
        made(&backups, &effect, "before").await;
        // Another deployment, another database of the same name, and one by hand.
        let mut other = effect.clone();
        other.deployment = deployment_core::DeploymentId::new("d-2").unwrap();
        let said_to_other = said(backups.create(&other, "before").await);
        assert!(said_to_other.0 == ErrorKind::Conflict && said_to_other.2.contains("before is there already"), "{said_to_other:?}");
        account.make(json!({ "instance": "bills" })).await;
        let bills = RdsSnapshot::new(&account.world.virtual_config(), "bills").unwrap();
        for result in
            [bills.create(&effect, "before").await, bills.status("before").await.map(drop), bills.restore(&effect, "before").await]
        {
            assert_eq!(said(result).0, ErrorKind::Conflict);
        }
        assert!(bills.list().await.unwrap().is_empty());
        let verified = bills.verify(&effect, "before", VerifyLevel::Exists).await;
        assert_eq!(said(verified).0, ErrorKind::Conflict);
        assert_eq!(account.tag("before", "deployment:verified").await, None);
    });
}

const INSTANCE: [&str; 8] = [
    "DescribeDBSnapshots",
    "DescribeDBInstances",
    "CreateDBSnapshot",
    "RestoreDBInstanceFromDBSnapshot",
    "AddTagsToResource",
    "DeleteDBInstance",
    "DeleteDBSnapshot",
    "RestoreDBInstanceToPointInTime",
];
const CLUSTER: [&str; 8] = [
    "DescribeDBClusterSnapshots",
    "DescribeDBClusters",
    "CreateDBClusterSnapshot",
    "RestoreDBClusterFromSnapshot",
    "CreateDBInstance",
    "DeleteDBCluster",
    "DeleteDBClusterSnapshot",
    "RestoreDBClusterToPointInTime",
];

#[test]
fn a_denial_of_any_call_names_its_action() {
    for call in INSTANCE.into_iter().chain(CLUSTER) {
        let error = meets(call, &Fault::Refused(403, "AccessDenied", "not authorized"));
        assert_eq!((error.kind(), error.status()), (ErrorKind::Unauthorized, Status::Permanent), "{error:?}");
        assert!(error.to_string().contains("allow this action"), "{error}");
    }
}

#[test]
fn a_throttled_call_did_not_happen_and_a_change_without_an_answer_is_in_doubt() {
    for call in INSTANCE.into_iter().chain(CLUSTER) {
        let error = meets(call, &Fault::Refused(400, "Throttling", "Rate exceeded"));
        assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Status::Temporary), "{error:?}");
        let error = meets(call, &Fault::Reset);
        let status = if call.starts_with("Describe") { Status::Temporary } else { Status::InDoubt };
        assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, status), "{error:?}");
    }
}

/// What is said when every call of this name meets this fault.
fn meets(call: &'static str, fault: &Fault) -> Error {
    virtually(async {
        let (account, asked) = (Account::new().await, Asked::default());
        if CLUSTER.contains(&call) {
            error_of(&account, account.cluster().queried_by(asked.check()), call, fault).await
        } else {
            error_of(&account, account.instance().queried_by(asked.check()), call, fault).await
        }
    })
}

async fn error_of<Of: 'static>(account: &Account, backups: Snapshots<Of>, call: &'static str, fault: &Fault) -> Error {
    account.hurry().await;
    let effect = account.effect("t", HOUR);
    for name in ["one", "two"] {
        made(&backups, &effect, name).await;
    }
    let fault = fault.clone();
    account.world.proxy().rule(move |name, _, _| (name == call).then(|| fault.clone()));
    let all_but_two = Retention { before: account.clock.now(), keep_at_least: 2 };
    let results = [
        backups.create(&effect, "three").await,
        backups.restore_to(&effect, PointInTime::Latest, "copy").await.map(drop),
        backups.prune(&effect, &all_but_two).await.map(drop),
        backups.verify(&account.effect("v", 5 * MINUTE), "two", VerifyLevel::Queried).await.map(drop),
    ];
    let action = format!("action: rds:{call}");
    let met = results.into_iter().filter_map(Result::err).find(|error| format!("{error:?}").contains(&action));
    met.unwrap_or_else(|| panic!("{call} said nothing"))
}

#[test]
fn the_level_of_a_query_is_refused_without_a_way_to_query() {
    virtually(async {
        let (account, asked) = (Account::new().await, Asked::default());
        let effect = account.effect("t", HOUR);
        made(&account.instance(), &effect, "before").await;
        let unasked = said(account.instance().verify(&effect, "before", VerifyLevel::Queried).await);
        assert!(unasked.0 == ErrorKind::Unsupported && unasked.2.contains("queried_by"), "{unasked:?}");
        let config = account.world.virtual_config();
        let classless = RdsClusterSnapshot::new(&config, "shop").unwrap().queried_by(asked.check());
        made(&classless, &effect, "pair").await;
        let said = said(classless.verify(&effect, "pair", VerifyLevel::Queried).await);
        assert!(said.0 == ErrorKind::Unsupported && said.2.contains("Placement::class"), "{said:?}");
        account.has_only(&["before", "pair"]).await;
    });
}
