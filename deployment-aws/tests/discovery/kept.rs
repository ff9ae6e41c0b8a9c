//! Registries that deployments leave as they are.

use std::time::Duration;

use aws_sdk_ecs::types::ServiceRegistry;
use deployment_core::{
    Actor,
    engine::Outcome,
    plan::{Capacity, Policy, Redeploy},
    signal::Signal,
    strategy::Rolling,
};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    cloud::virtually,
    registry::{SETTLED, check, is_well, open},
    shop::{Shop, plugins, release},
};

async fn registries(shop: &Shop) -> Vec<ServiceRegistry> {
    shop.service().await.service_registries().to_vec()
}

/// The service is where it was, nobody has said a word about it, and its tasks are registered.
async fn are_kept(shop: &Shop, before: &[ServiceRegistry]) {
    assert_eq!(registries(shop).await, before);
    let calls = shop.world.proxy().calls();
    let updates: Vec<_> = calls.iter().filter(|(name, _)| name == "UpdateService").collect();
    assert!(!updates.is_empty() && updates.iter().all(|(_, body)| !body.contains("serviceRegistries")), "{updates:?}");
    sleep(SETTLED).await;
    is_well(&check(shop)).await;
}

#[test]
fn after_a_rolling_deployment() {
    virtually(async {
        let (shop, _) = open().await;
        let before = registries(&shop).await;
        assert_eq!(shop.deploy("2").await, Outcome::Succeeded);
        are_kept(&shop, &before).await;
    });
}

#[test]
fn after_a_forced_deployment_of_the_same() {
    virtually(async {
        let (shop, _) = open().await;
        let before = registries(&shop).await;
        assert_eq!(shop.deploy("2").await, Outcome::Succeeded);
        let target = shop.target();
        let policy = Policy { redeploy: Redeploy::Force, ..Policy::default() };
        let builder = shop.plan_builder(release("2")).policy(policy).deploy("backend", Capacity::of(2), Rolling::new());
        assert_eq!(shop.run(&target, &builder.build(&plugins(&target)).unwrap()).await, Outcome::Succeeded);
        assert_eq!(shop.runs().await, ["shop:3", "shop:3"]);
        are_kept(&shop, &before).await;
    });
}

#[test]
fn after_the_circuit_breaker_has_gone_back() {
    virtually(async {
        let (shop, _) = open().await;
        let before = registries(&shop).await;
        shop.behaves("2", json!({ "crashes_at_start": true })).await;
        let outcome = shop.deploy("2").await;
        assert!(matches!(&outcome, Outcome::RolledBack { cause, .. } if cause.contains("the platform has rolled back")), "{outcome:?}");
        are_kept(&shop, &before).await;
    });
}

#[test]
fn after_a_way_back_of_ours_with_and_without_a_stop() {
    virtually(async {
        let (shop, _) = open().await;
        let before = registries(&shop).await;
        shop.behaves("2", json!({ "starts_after": 60 })).await;
        shop.behaves("3", json!({ "starts_after": 60 })).await;
        for (version, target) in [("2", shop.target()), ("3", shop.builder().stops_first().build().unwrap())] {
            let orchestrator = shop.orchestrator(&target);
            let id = orchestrator.start(&shop.plan(release(version), &target)).await.unwrap();
            let abort = async {
                sleep(Duration::from_secs(12)).await;
                orchestrator.signal(&id, Actor::new("bob").unwrap(), "no", Signal::Abort).await.unwrap();
            };
            let (outcome, ()) = tokio::join!(shop.drive(&orchestrator, &id), abort);
            assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome:?}");
            are_kept(&shop, &before).await;
        }
    });
}
