//! The triggers of BACK-1 that are marked L, beside the one that the stories tell of.

use std::{sync::Arc, time::Duration};

use aws_sdk_cloudwatch::types::StateValue;
use deployment_core::engine::Outcome;
use tokio::time::sleep;

use crate::{
    cloud::{World, virtually},
    stories::{Behaviour, Played, TestAccount, set_alarm},
};

async fn assert_went_back(played: Played, cause: &str) {
    let Outcome::RolledBack { cause: told, .. } = &played.outcome else { panic!("{}", played.told()) };
    assert!(told.contains(cause), "{told}");
    let ending = played.account.ending().await.unwrap();
    assert_eq!(ending.services[0].3, 4, "blue serves");
    assert_eq!((ending.migrations.0.len(), ending.suspended), (0, 0));
}

/// An alarm fires this long after the account's opening: the deployment begins 10 minutes after it, and has traffic 15 minutes later.
async fn deployed_while_it_fires(alarm: &str, after: Duration) -> Played {
    let account = TestAccount::open().await.unwrap();
    let world: Arc<World> = Arc::clone(&account.world);
    let firing = async {
        sleep(after).await;
        set_alarm(&world, alarm, StateValue::Alarm).await.unwrap();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        played = account.deploy("2") => played.unwrap(),
        () = firing => unreachable!(),
    }
}

#[test]
fn slow_answers_for_five_minutes_roll_back() {
    virtually(async {
        let mut account = TestAccount::open().await.unwrap();
        account.behaves("2", Behaviour { times: [0.05, 3.5], ..Behaviour::USUAL });
        assert_went_back(account.deploy("2").await.unwrap(), "p95: p95 latency > 3 s: p95 is 3500 ms").await;
    });
}

#[test]
fn a_broken_critical_path_and_a_security_issue_roll_back() {
    for (alarm, trigger) in [("loans-login-broken", "critical-path"), ("loans-security-finding", "security")] {
        virtually(async {
            let played = deployed_while_it_fires(alarm, Duration::from_secs(28 * 60)).await;
            assert_went_back(played, &format!("{trigger}: ")).await;
        });
    }
}

#[test]
fn nothing_begins_while_an_alarm_fires() {
    virtually(async {
        let played = deployed_while_it_fires("loans-login-broken", Duration::from_secs(60)).await;
        let Outcome::Rejected { reason } = &played.outcome else { panic!("{}", played.told()) };
        assert!(reason.contains("loans-login-broken"), "{reason}");
        assert_eq!(played.account.world.proxy().count("CreateDBSnapshot"), 0);
    });
}
