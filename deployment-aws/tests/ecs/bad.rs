//! Deployments of what is bad: whoever notices, the old version serves in the end, and nobody calls it a success.

use std::time::Duration;

use deployment_aws::ecs::Breaker;
use deployment_core::{engine::Outcome, plan::Capacity, strategy::Rolling};
use serde_json::json;

use crate::{
    cloud::virtually,
    shop::{Shop, plugins, release},
};

#[track_caller]
fn is_rolled_back(outcome: &Outcome, why: &str) {
    assert!(matches!(outcome, Outcome::RolledBack { cause, .. } if cause.contains(why)), "{outcome:?} does not say {why:?}");
}

#[test]
fn what_crashes_at_start_is_taken_back_by_the_circuit_breaker_and_told_as_that() {
    virtually(async {
        let shop = Shop::open().await;
        shop.behaves("2", json!({ "crashes_at_start": true })).await;
        is_rolled_back(&shop.deploy("2").await, "the platform has rolled back: tasks failed to start");
        assert_eq!(shop.runs().await, ["shop:1", "shop:1"]);
        assert_eq!((shop.world.proxy().count("UpdateService"), shop.rollouts().await), (1, 2), "there was nothing left to do");
    });
}

#[test]
fn what_never_gets_healthy_is_taken_back_by_the_circuit_breaker_and_told_as_that() {
    virtually(async {
        let shop = Shop::open().await;
        shop.behaves("2", json!({ "healthy_after": null })).await;
        is_rolled_back(&shop.deploy("2").await, "the platform has rolled back");
        assert_eq!(shop.runs().await, ["shop:1", "shop:1"]);
    });
}

#[test]
fn where_the_circuit_breaker_only_stops_the_way_back_is_ours() {
    virtually(async {
        let shop = Shop::open().await;
        shop.behaves("2", json!({ "crashes_at_start": true })).await;
        let target = shop.builder().breaker(Breaker::Stops).build().unwrap();
        let outcome = shop.run(&target, &shop.plan(release("2"), &target)).await;
        is_rolled_back(&outcome, "the platform's rollout has failed: ECS deployment circuit breaker");
        assert_eq!(shop.runs().await, ["shop:1", "shop:1"]);
        assert_eq!(shop.definitions().await.len(), 2, "the way back takes up what ran before");
    });
}

#[test]
fn what_the_circuit_breaker_misses_is_seen_by_the_bake() {
    virtually(async {
        let shop = Shop::open().await;
        shop.behaves("2", json!({ "starts_after": 60, "crashes_after": 30 })).await;
        let target = shop.target();
        let bake = Rolling::new().bake(Duration::from_secs(600));
        let plan = shop.plan_builder(release("2")).deploy("backend", Capacity::of(2), bake).build(&plugins(&target)).unwrap();
        is_rolled_back(&shop.run(&target, &plan).await, "healthy instances of the candidate");
        assert_eq!(shop.runs().await, ["shop:1", "shop:1"]);
    });
}

#[test]
fn an_alarm_that_fires_during_the_rollout_takes_it_back() {
    virtually(async {
        let shop = Shop::open().await;
        shop.world.tell("ecs/alarm", &json!({ "name": "errors", "state": "OK" })).await;
        let target = shop.builder().alarm("errors").build().unwrap();
        let plan = shop.plan(release("2"), &target);
        let orchestrator = shop.orchestrator(&target);
        let id = orchestrator.start(&plan).await.unwrap();
        let fires = async {
            tokio::time::sleep(Duration::from_secs(12)).await;
            shop.world.tell("ecs/alarm", &json!({ "name": "errors", "state": "ALARM" })).await;
        };
        let (outcome, ()) = tokio::join!(shop.drive(&orchestrator, &id), fires);
        is_rolled_back(&outcome, "the platform has rolled back: alarm detected");
        assert_eq!(shop.runs().await, ["shop:1", "shop:1"]);
    });
}

#[test]
fn an_alarm_that_fires_already_is_said_to_be_unwatched() {
    virtually(async {
        let shop = Shop::open().await;
        shop.world.tell("ecs/alarm", &json!({ "name": "errors", "state": "ALARM" })).await;
        let target = shop.builder().alarm("errors").build().unwrap();
        let plan = shop.plan(release("2"), &target);
        let orchestrator = shop.orchestrator(&target);
        let id = orchestrator.start(&plan).await.unwrap();
        assert_eq!(shop.drive(&orchestrator, &id).await, Outcome::Succeeded, "ECS itself goes on");
        let told = format!("{:?}", shop.journal.read(&id, 0).await.unwrap());
        assert!(told.contains("ECS does not watch the alarms errors: one fired already when this began"), "{told}");
    });
}

#[cfg(feature = "cloudwatch")]
#[test]
fn an_alarm_that_fires_already_is_no_start_behind_a_gate() {
    use deployment_aws::cloudwatch::{Alarms, CloudWatch};

    virtually(async {
        let shop = Shop::open().await;
        shop.world.tell("ecs/alarm", &json!({ "name": "errors", "state": "ALARM" })).await;
        let target = shop.builder().alarm("errors").build().unwrap();
        let alarms = Alarms::named(&CloudWatch::new(&shop.world.virtual_config()), ["errors"]).unwrap();
        let plugins = plugins(&target).gate("no-alarm", alarms).unwrap();
        let plan = shop.plan_builder(release("2")).gate("no-alarm").deploy("backend", Capacity::of(2), Rolling::new());
        let plan = plan.build(&plugins).unwrap();
        let orchestrator = shop.orchestrator_with(std::sync::Arc::clone(&shop.journal), plugins);
        let id = orchestrator.start(&plan).await.unwrap();
        let outcome = shop.drive(&orchestrator, &id).await;
        assert!(matches!(&outcome, Outcome::Rejected { reason } if reason.contains("errors")), "{outcome:?}");
        assert_eq!((shop.definitions().await.len(), shop.rollouts().await), (1, 1));
    });
}
