//! What gets lost on the way: nothing is done twice.

use std::{sync::Arc, time::Duration};

use deployment_core::{Actor, engine::Outcome, signal::Signal};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    cloud::{Fault, virtually},
    shop::{Shop, release},
};

const SERVER_FAILED: Fault = Fault::Refused(500, "ServerException", "nobody knows");
const THROTTLED: Fault = Fault::Refused(400, "ThrottlingException", "Rate exceeded");

/// One new task definition, tagged, and one rollout besides those of the beginning.
async fn is_done_once(shop: &Shop) {
    let definitions = shop.definitions().await;
    assert_eq!(definitions.len(), 2, "{definitions:?}");
    assert!(definitions.iter().skip(1).all(|(_, tags)| tags.iter().any(|tag| tag.key() == Some("deployment:token"))), "{definitions:?}");
    assert_eq!(shop.rollouts().await, 2);
    assert_eq!(shop.runs().await, ["shop:2", "shop:2"]);
}

#[test]
fn a_lost_answer_of_any_call_of_a_deployment_does_nothing_twice() {
    let mut count = 0;
    for call in ["DescribeServices", "DescribeTaskDefinition", "ListServiceDeployments", "RegisterTaskDefinition", "UpdateService"] {
        for fault in [Fault::LostAnswer, Fault::FailedAfter, Fault::Reset, SERVER_FAILED, THROTTLED] {
            virtually(async {
                let shop = Shop::open().await;
                shop.world.proxy().once(call, 0, &fault);
                assert_eq!(shop.deploy("2").await, Outcome::Succeeded, "{call} {fault:?}");
                shop.world.proxy().clear();
                is_done_once(&shop).await;
            });
            count += 1;
        }
    }
    println!("{count} deployments with one fault each");
}

#[test]
fn lost_answers_do_nothing_twice_where_reads_are_stale_for_ten_seconds() {
    for call in ["RegisterTaskDefinition", "UpdateService", "none"] {
        virtually(async {
            let shop = Shop::open().await;
            shop.world.tell("ecs/stale", &json!({ "seconds": 10 })).await;
            shop.world.proxy().once(call, 0, &Fault::LostAnswer);
            assert_eq!(shop.deploy("2").await, Outcome::Succeeded, "{call}");
            shop.world.tell("ecs/stale", &json!({ "seconds": 0 })).await;
            sleep(Duration::from_secs(30)).await;
            is_done_once(&shop).await;
        });
    }
}

#[test]
fn a_lost_answer_on_the_way_back_does_nothing_twice() {
    for (call, nth) in [("TagResource", 0), ("UpdateService", 1), ("StopServiceDeployment", 0)] {
        for fault in [Fault::LostAnswer, Fault::Reset, THROTTLED] {
            virtually(async {
                let shop = Shop::open().await;
                let builder = if call == "StopServiceDeployment" { shop.builder().stops_first() } else { shop.builder() };
                let target = builder.build().unwrap();
                shop.behaves("2", json!({ "starts_after": 120 })).await;
                shop.world.proxy().once(call, nth, &fault);
                let orchestrator = shop.orchestrator(&target);
                let id = orchestrator.start(&shop.plan(release("2"), &target)).await.unwrap();
                let abort = async {
                    sleep(Duration::from_secs(8)).await;
                    orchestrator.signal(&id, Actor::new("bob").unwrap(), "no", Signal::Abort).await.unwrap();
                };
                let (outcome, ()) = tokio::join!(shop.drive(&orchestrator, &id), abort);
                assert!(matches!(outcome, Outcome::RolledBack { .. }), "{call} {fault:?}: {outcome:?}");
                assert!(shop.world.proxy().count(call) > nth, "{call} was never called");
                shop.world.proxy().clear();
                assert!(!shop.runs().await.contains(&"shop:2".to_owned()));
                assert!(shop.rollouts().await <= 3, "{call} {fault:?}");
            });
        }
    }
}

/// Everything is refused so from 12 seconds after the start on, for a while.
async fn deployed_through(refusal: Fault, lasts: Duration) -> (Shop, Outcome) {
    let shop = Shop::open().await;
    let begin = shop.world.proxy().clock().time() + Duration::from_secs(12);
    let world = Arc::downgrade(&shop.world);
    shop.world.proxy().rule(move |_, _, _| {
        let now = world.upgrade().map(|world| world.proxy().clock().time()).unwrap_or_default();
        (begin..begin + lasts).contains(&now).then(|| refusal.clone())
    });
    let outcome = shop.deploy("2").await;
    (shop, outcome)
}

#[test]
fn a_minute_of_throttling_is_waited_out() {
    virtually(async {
        let (shop, outcome) = deployed_through(THROTTLED, Duration::from_secs(60)).await;
        assert_eq!(outcome, Outcome::Succeeded);
        is_done_once(&shop).await;
    });
}

#[test]
fn credentials_that_expire_in_the_middle_and_an_endpoint_that_cannot_be_reached_are_no_reason_to_go_back() {
    let expired = Fault::Refused(400, "ExpiredTokenException", "The security token included in the request is expired");
    for fault in [expired, Fault::Reset] {
        virtually(async {
            let (shop, outcome) = deployed_through(fault.clone(), Duration::from_secs(120)).await;
            assert_eq!(outcome, Outcome::Succeeded, "{fault:?}");
            is_done_once(&shop).await;
        });
    }
}
