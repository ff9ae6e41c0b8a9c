//! Deployments of a release that is bad, or that cannot be carried out.

use std::time::Duration;

use deployment_core::{
    engine::{Call, Outcome, Record},
    strategy::BlueGreen,
    testkit::fake::FakeMetrics,
};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    cloud::virtually,
    shop::{Shop, canary},
};

fn cause(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::RolledBack { cause, .. } => cause,
        Outcome::Halted { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_image_that_crashes_at_start_is_given_up_by_ecs_and_rolled_back_without_traffic() {
    virtually(async {
        let shop = Shop::open().await;
        shop.behaves("2", json!({"crashes_at_start": true})).await;
        let began = Instant::now();
        let outcome = shop.deploy(&shop.plan("2", canary())).await;
        assert!(matches!(outcome, Outcome::RolledBack { .. }) && cause(&outcome).contains("circuit breaker"), "{outcome:?}");
        assert!(began.elapsed() < Duration::from_secs(300), "{:?}", began.elapsed());
        assert_eq!(shop.world.proxy().count("ModifyRule"), 0);
        shop.assert_rolled_back("").await;
    });
}

#[test]
fn an_image_that_never_gets_healthy_has_no_traffic_and_is_rolled_back() {
    virtually(async {
        let shop = Shop::open().await;
        shop.behaves("2", json!({"healthy_after": null})).await;
        let outcome = shop.deploy(&shop.plan("2", canary())).await;
        assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome:?}");
        assert_eq!(shop.world.proxy().count("ModifyRule"), 0);
        shop.assert_rolled_back("").await;
    });
}

#[test]
fn errors_send_traffic_back_with_one_call_after_the_verdict() {
    virtually(async {
        for strategy in ["canary", "blue/green"] {
            let shop = Shop::open().await;
            shop.metrics.set(FakeMetrics::measured(100, 50));
            let plan = match strategy {
                "canary" => shop.plan("2", canary()),
                _ => shop.plan("2", BlueGreen::new().grace(Duration::from_secs(60)).watch("errors").unwrap()),
            };
            let outcome = shop.deploy(&plan).await;
            assert!(matches!(outcome, Outcome::RolledBack { .. }), "{strategy}: {outcome:?}");
            shop.assert_rolled_back(strategy).await;
            let entries = shop.entries().await;
            let verdict = entries.iter().position(|entry| matches!(entry.record, Record::ReversalPlanned { .. })).unwrap();
            let calls: Vec<_> = entries[verdict..]
                .iter()
                .filter_map(|entry| match &entry.record {
                    Record::Intent { call, .. } => Some(call.clone()),
                    _ => None,
                })
                .collect();
            assert!(matches!(&calls[0], Call::Route { .. }), "{calls:?}");
            // One call to the cloud for it: as many changes of the rule as steps that route.
            let routed = entries.iter().filter(|entry| matches!(&entry.record, Record::Intent { call: Call::Route { .. }, .. })).count();
            assert_eq!(shop.world.proxy().count("ModifyRule"), routed, "{strategy}");
            assert_eq!(calls.len(), 2, "{calls:?}");
        }
    });
}

#[test]
fn a_task_that_dies_under_traffic_is_noticed_and_rolled_back() {
    virtually(async {
        let shop = Shop::open().await;
        shop.behaves("2", json!({"crashes_after": 20, "starts_after": 60})).await;
        let outcome = shop.deploy(&shop.plan("2", canary().bake(Duration::from_secs(60)))).await;
        assert!(matches!(outcome, Outcome::RolledBack { .. }) && cause(&outcome).contains("healthy instances"), "{outcome:?}");
        shop.assert_rolled_back("").await;
    });
}

#[test]
fn weights_that_do_not_apply_fail_the_step_by_what_is_read_back() {
    virtually(async {
        let shop = Shop::open().await;
        shop.world.tell("listener-ignores", &json!({"changes": 1})).await;
        let outcome = shop.deploy(&shop.plan("2", canary())).await;
        assert!(matches!(outcome, Outcome::RolledBack { .. }) && cause(&outcome).contains("was not done within 120 s"), "{outcome:?}");
        shop.assert_rolled_back("").await;
    });
}

#[test]
fn a_target_group_that_does_not_get_drained_halts_the_removal_by_its_deadline_and_a_retry_ends_it() {
    virtually(async {
        let shop = Shop::with([2, 0], json!({"drains_for": 900})).await;
        let plan = shop.plan("2", canary());
        let outcome = shop.deploy(&plan).await;
        assert!(matches!(&outcome, Outcome::Halted { .. }) && cause(&outcome).contains("retire-stable"), "{outcome:?}");
        assert_eq!(shop.routes().await.share(&shop.groups[1]).basis_points(), 10_000, "the release serves");
        tokio::time::sleep(Duration::from_secs(900)).await;
        let orchestrator = shop.orchestrator();
        let ada = deployment_core::Actor::new("ada").unwrap();
        orchestrator.signal(&shop.id, ada, "it has drained", deployment_core::signal::Signal::Retry).await.unwrap();
        assert_eq!(shop.drive(&orchestrator).await, Outcome::Succeeded);
        shop.assert_deployed("").await;
    });
}
