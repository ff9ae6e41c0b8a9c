//! Databases that are restored to stay.

use std::time::Duration;

use deployment_aws::rds::PointInTime;
use deployment_core::{ErrorKind, Status, backup::BackupProvider, time::Clock as _};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    cloud::{Fault, HOUR, MINUTE, virtually},
    support::{Account, made},
};

#[test]
fn a_backup_is_restored_into_a_new_database_once_however_often_it_is_asked_for() {
    for fault in [Fault::LostAnswer, Fault::FailedAfter, Fault::Reset] {
        virtually(async {
            let account = Account::new().await;
            let backups = account.instance();
            let effect = account.effect("t", 4 * HOUR);
            made(&backups, &effect, "before").await;
            account.world.proxy().once("RestoreDBInstanceFromDBSnapshot", 0, &fault);
            let error = backups.restore(&effect, "before").await.unwrap_err();
            assert_eq!(error.status(), Status::InDoubt, "{error:?}");
            for _ in 0..2 {
                backups.restore(&effect, "before").await.unwrap();
            }
            let restored = backups.restored_name("before");
            assert_eq!(account.names("databases").await, ["orders".to_owned(), restored.clone(), "shop-1".to_owned()]);
            assert_eq!(account.state().await["databases"][&restored]["tags"]["deployment:purpose"], "restore");
            let calls = account.world.proxy().count("RestoreDBInstanceFromDBSnapshot");
            assert_eq!(calls, if matches!(fault, Fault::Reset) { 2 } else { 1 });
            // A database that is there for something else is not taken for it.
            let error = backups.restore_as(&effect, "before", "orders").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conflict);
        });
    }
}

#[test]
fn an_instance_and_a_cluster_go_back_to_a_point_in_time_that_aws_has() {
    virtually(async {
        let account = Account::new().await;
        let effect = account.effect("t", 4 * HOUR);
        sleep(HOUR).await;
        let now = account.clock.now();
        for bad in [now + HOUR, now - Duration::from_secs(60)] {
            let error = account.instance().restore_to(&effect, PointInTime::At(bad), "back").await.unwrap_err();
            assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidInput, Status::Permanent), "{error:?}");
            let error = account.cluster().restore_to(&effect, PointInTime::At(bad), "back").await.unwrap_err();
            assert!(error.to_string().contains("not a restorable time"), "{error:?}");
        }
        account.has_only(&[]).await;
        let restored = account.instance().restore_to(&effect, PointInTime::At(now - 30 * MINUTE), "orders-noon").await.unwrap();
        assert_eq!((restored.identifier.as_str(), restored.port), ("orders-noon", 5432));
        let restored = account.cluster().restore_to(&effect, PointInTime::Latest, "shop-latest").await.unwrap();
        assert!(restored.host.starts_with("shop-latest.cluster-"), "{restored:?}");
        account.instance().restore_to(&effect, PointInTime::At(now - 30 * MINUTE), "orders-noon").await.unwrap();
        assert_eq!(account.world.proxy().count("RestoreDBInstanceToPointInTime"), 3, "two were refused");
    });
}

#[test]
fn a_way_back_in_time_whose_answer_is_lost_is_one_database() {
    for fault in [Fault::LostAnswer, Fault::FailedAfter] {
        virtually(async {
            let account = Account::new().await;
            let effect = account.effect("t", 4 * HOUR);
            sleep(HOUR).await;
            account.world.proxy().once("RestoreDBInstanceToPointInTime", 0, &fault);
            let restore = async || account.instance().restore_to(&effect, PointInTime::Latest, "orders-back").await;
            assert_eq!(restore().await.unwrap_err().status(), Status::InDoubt);
            restore().await.unwrap();
            assert_eq!(account.world.proxy().count("RestoreDBInstanceToPointInTime"), 1);
            account.world.proxy().once("RestoreDBClusterToPointInTime", 0, &fault);
            let restore = async || account.cluster().restore_to(&effect, PointInTime::Latest, "shop-back").await;
            assert_eq!(restore().await.unwrap_err().status(), Status::InDoubt);
            restore().await.unwrap();
            assert_eq!(account.world.proxy().count("RestoreDBClusterToPointInTime"), 1);
            assert_eq!(account.names("clusters").await, ["shop", "shop-back"]);
        });
    }
}

#[test]
fn a_restore_that_breaks_or_is_not_there_in_time_is_said_with_its_state_and_stays_to_be_looked_at() {
    for (how, state) in [
        (json!({ "what": "restore", "takes": null }), "creating"),
        (json!({ "what": "restore", "ends": "incompatible-parameters" }), "incompatible-parameters"),
    ] {
        virtually(async {
            let account = Account::new().await;
            let backups = account.instance();
            let effect = account.effect("t", 2 * HOUR);
            made(&backups, &effect, "before").await;
            account.play(how).await;
            let error = backups.restore_as(&effect, "before", "copy").await.unwrap_err();
            assert!(error.to_string().contains(state) && error.to_string().contains("copy"), "{error}");
            assert!(account.clock.now() <= effect.deadline);
            assert!(account.names("databases").await.contains(&"copy".to_owned()));
        });
    }
}
