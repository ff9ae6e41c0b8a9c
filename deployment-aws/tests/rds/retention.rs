//! The catalogue, what is pruned of it, and what is left of verifications that nobody ended.

use std::time::Duration;

use deployment_aws::rds::RdsSnapshot;
use deployment_core::{
    Status,
    backup::{BackupProvider, Retention, VerifyLevel},
    time::Clock as _,
};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::{
    cloud::{Fault, HOUR, MINUTE, virtually},
    support::{Account, Asked, made},
};

async fn names(backups: &RdsSnapshot) -> Vec<String> {
    backups.list().await.unwrap().into_iter().map(|backup| backup.name).collect()
}

#[test]
fn the_old_go_but_never_the_newest_that_is_verified_and_never_what_is_not_ours() {
    virtually(async {
        let account = Account::new().await;
        let backups = account.instance();
        for (name, level) in [("one", Some(VerifyLevel::Complete)), ("two", Some(VerifyLevel::Exists)), ("three", None)] {
            let effect = account.effect(name, HOUR);
            made(&backups, &effect, name).await;
            if let Some(level) = level {
                backups.verify(&effect, name, level).await.unwrap();
            }
        }
        account.play(json!({ "what": "snapshot", "takes": 60, "ends": "failed" })).await;
        backups.create(&account.effect("four", HOUR), "four").await.unwrap();
        sleep(HOUR).await;
        assert_eq!(names(&backups).await, ["one", "two", "three"], "what has failed is no backup");
        let keep = |keep_at_least| Retention { before: account.clock.now(), keep_at_least };
        let effect = account.effect("prune", HOUR);
        let removed = backups.prune(&effect, &keep(2)).await.unwrap();
        assert_eq!(removed.iter().map(|backup| backup.name.as_str()).collect::<Vec<_>>(), ["one", "four"]);
        // One that is being made is none yet.
        account.play(json!({ "what": "snapshot", "takes": 7_200 })).await;
        backups.create(&account.effect("five", HOUR), "five").await.unwrap();
        assert!(backups.prune(&effect, &keep(2)).await.unwrap().is_empty());
        backups.prune(&effect, &keep(0)).await.unwrap();
        assert_eq!(names(&backups).await, ["two", "five"], "the newest verified one stays");
        account.has_only(&["five", "two"]).await;
    });
}

#[test]
fn more_backups_than_one_page_has_are_all_listed() {
    virtually(async {
        let account = Account::new().await;
        account.world.tell("rds-quota", &json!({ "snapshots": 1000 })).await;
        let backups = account.instance();
        for number in 0..103 {
            backups.create(&account.effect("t", HOUR), &format!("many-{number:03}")).await.unwrap();
            sleep(Duration::from_secs(1)).await;
        }
        let listed = names(&backups).await;
        assert_eq!((listed.len(), listed.last().map(String::as_str)), (103, Some("many-102")));
        assert!(listed.is_sorted());
    });
}

#[test]
fn a_removal_whose_answer_is_lost_is_asked_for_again_and_is_one() {
    for fault in [Fault::LostAnswer, Fault::FailedAfter, Fault::Reset] {
        virtually(async {
            let account = Account::new().await;
            lost_removal(&account, &account.instance(), "DeleteDBSnapshot", &fault).await;
        });
        virtually(async {
            let account = Account::new().await;
            lost_removal(&account, &account.cluster(), "DeleteDBClusterSnapshot", &fault).await;
        });
    }
}

async fn lost_removal(account: &Account, backups: &impl BackupProvider, call: &'static str, fault: &Fault) {
    for name in ["one", "two"] {
        made(backups, &account.effect(name, HOUR), name).await;
    }
    account.world.proxy().once(call, 0, fault);
    let retention = Retention { before: account.clock.now(), keep_at_least: 1 };
    let effect = account.effect("prune", HOUR);
    let error = backups.prune(&effect, &retention).await.unwrap_err();
    assert_eq!(error.status(), Status::InDoubt, "{error:?}");
    sleep(MINUTE).await;
    backups.prune(&effect, &retention).await.unwrap();
    account.has_only(&["two"]).await;
}

#[test]
fn what_a_dead_process_left_is_found_by_its_tags_and_nothing_else_is() {
    virtually(async {
        let (account, asked) = (Account::new().await, Asked::default());
        let backups = account.cluster().queried_by(asked.check());
        let effect = account.effect("t", 4 * HOUR);
        made(&backups, &effect, "before").await;
        let restored = backups.restore_as(&effect, "before", "kept").await.unwrap();
        assert_eq!(restored.identifier, "kept");
        timeout(13 * MINUTE, backups.verify(&effect, "before", VerifyLevel::Queried)).await.unwrap_err();
        let before = account.names("clusters").await;
        assert_eq!(before.len(), 3, "{before:?}");
        assert!(backups.remove_leftovers(account.clock.now() - HOUR).await.unwrap().is_empty(), "it is too young");
        let removed = backups.remove_leftovers(account.clock.now()).await.unwrap();
        assert!(removed.len() == 1 && removed[0].starts_with("verify-before-"), "{removed:?}");
        sleep(10 * MINUTE).await;
        assert_eq!(account.names("clusters").await, ["kept", "shop"]);
        assert_eq!(account.names("databases").await, ["orders", "shop-1"]);
    });
}

#[test]
fn a_verification_is_done_once_for_one_effect_and_again_for_another() {
    virtually(async {
        let (account, asked) = (Account::new().await, Asked::default());
        let backups = account.instance().queried_by(asked.check());
        let first = account.effect("first", 24 * HOUR);
        made(&backups, &first, "before").await;
        for _ in 0..2 {
            assert_eq!(backups.verify(&first, "before", VerifyLevel::Queried).await.unwrap(), VerifyLevel::Queried);
        }
        assert_eq!(asked.times(), 1);
        // A month later somebody tests whether it can still be restored.
        asked.fail(1);
        let again = account.effect("again", 24 * HOUR);
        assert!(backups.verify(&again, "before", VerifyLevel::Queried).await.is_err());
        assert_eq!(backups.verify(&again, "before", VerifyLevel::Queried).await.unwrap(), VerifyLevel::Queried);
        assert_eq!(asked.times(), 3);
        // What was shown once stays shown.
        assert_eq!(backups.verify(&account.effect("third", HOUR), "before", VerifyLevel::Exists).await.unwrap(), VerifyLevel::Exists);
        assert_eq!(backups.list().await.unwrap()[0].verified, Some(VerifyLevel::Queried));
        account.has_only(&["before"]).await;
    });
}
