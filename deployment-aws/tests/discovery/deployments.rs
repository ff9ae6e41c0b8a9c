//! Whole deployments that are watched by service discovery.

use std::time::Duration;

use deployment_aws::{discovery::Registered, ecs::EcsRolling};
use deployment_core::{
    Plan, Plugins,
    engine::Outcome,
    judge::Tolerance,
    plan::{Capacity, Inconclusive, Policy},
    strategy::Rolling,
    watch::Watch,
};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    cloud::{Fault, virtually},
    registry::{check, cloud_map, is_well, open, play, registered, registry},
    shop::{Shop, release},
};

fn plugins(target: &EcsRolling, check: Registered) -> Plugins {
    let watch = Watch::health(check, Tolerance::lasting(Duration::from_secs(120)));
    Plugins::new().target("backend", target.clone()).unwrap().watch("registered", watch).unwrap()
}

/// Version 2, with a bake of five minutes under the check.
fn plan(shop: &Shop, plugins: &Plugins, on_inconclusive: Inconclusive) -> Plan {
    let rolling = Rolling::new().bake(Duration::from_secs(300)).watch("registered").unwrap();
    let policy = Policy { on_inconclusive, ..Policy::default() };
    shop.plan_builder(release("2")).policy(policy).deploy("backend", Capacity::of(2), rolling).build(plugins).unwrap()
}

async fn deploy_with(shop: &Shop, check: Registered, meanwhile: impl Future<Output = ()>) -> Outcome {
    let target = shop.target();
    let plugins = plugins(&target, check);
    let plan = plan(shop, &plugins, Inconclusive::RollBack);
    let orchestrator = shop.orchestrator_with(std::sync::Arc::clone(&shop.journal), plugins);
    let id = orchestrator.start(&plan).await.unwrap();
    tokio::join!(shop.drive(&orchestrator, &id), meanwhile).0
}

async fn deploy(shop: &Shop) -> Outcome {
    deploy_with(shop, check(shop), async {}).await
}

fn is_rolled_back(outcome: &Outcome, why: &str) {
    assert!(matches!(outcome, Outcome::RolledBack { cause, .. } if cause.contains(why)), "{outcome:?}");
}

#[test]
fn a_good_version_whose_tasks_are_registered_passes() {
    virtually(async {
        let (shop, arn) = open().await;
        let before = registered(&shop, &arn).await;
        assert_eq!(deploy(&shop).await, Outcome::Succeeded);
        let after = registered(&shop, &arn).await;
        assert!(after.len() == 2 && before.iter().all(|id| !after.contains(id)), "{before:?} {after:?}");
        is_well(&check(&shop)).await;
    });
}

#[test]
fn a_version_whose_tasks_nobody_finds_is_taken_back_with_the_reason() {
    virtually(async {
        let (shop, arn) = open().await;
        play(&shop, &arn, json!({ "registers": false })).await;
        let outcome = deploy(&shop).await;
        is_rolled_back(&outcome, "not registered in srv-");
        is_rolled_back(&outcome, "2 of 2 running tasks of shop");
        assert_eq!(shop.runs().await, ["shop:1", "shop:1"]);
    });
}

#[test]
fn old_tasks_that_stay_registered_take_the_version_back() {
    virtually(async {
        let (shop, arn) = open().await;
        play(&shop, &arn, json!({ "deregisters": false })).await;
        is_rolled_back(&deploy(&shop).await, "2 of shop that ECS does not run any more");
    });
}

#[test]
fn tasks_that_are_never_healthy_in_the_registry_take_the_version_back() {
    virtually(async {
        let (shop, arn) = open().await;
        play(&shop, &arn, json!({ "health": "UNHEALTHY" })).await;
        is_rolled_back(&deploy(&shop).await, "not healthy in srv-");
    });
}

#[test]
fn a_registration_that_lags_by_a_minute_takes_nothing_back() {
    virtually(async {
        let (shop, arn) = open().await;
        play(&shop, &arn, json!({ "late": 60 })).await;
        assert_eq!(deploy(&shop).await, Outcome::Succeeded);
    });
}

#[test]
fn a_task_that_somebody_takes_out_in_the_middle_of_the_bake_takes_the_version_back() {
    virtually(async {
        let (shop, arn) = open().await;
        let meanwhile = async {
            sleep(Duration::from_secs(120)).await;
            let one = registered(&shop, &arn).await.remove(0);
            cloud_map(&shop).deregister_instance().service_id(&arn).instance_id(one).send().await.unwrap();
        };
        is_rolled_back(&deploy_with(&shop, check(&shop), meanwhile).await, "1 of 2 running tasks of shop");
    });
}

#[test]
fn a_registry_that_somebody_changes_in_the_middle_of_the_bake_is_seen() {
    virtually(async {
        let (shop, arn) = open().await;
        let meanwhile = async {
            sleep(Duration::from_secs(120)).await;
            let other = registry(&shop.world, "other").await;
            shop.somebody(json!({ "serviceRegistries": [{ "registryArn": other }] })).await;
        };
        let outcome = deploy_with(&shop, check(&shop).only_in([&arn]).unwrap(), meanwhile).await;
        is_rolled_back(&outcome, "the registry of shop is srv-");
    });
}

#[test]
fn cloud_map_that_cannot_be_asked_for_a_while_takes_nothing_back() {
    virtually(async {
        let (shop, _) = open().await;
        let throttled = Fault::Refused(429, "RequestLimitExceeded", "slow down");
        let mut looks = 0;
        shop.world.proxy().rule(move |name, _, _| {
            looks += usize::from(name == "ListInstances");
            let cut = if looks % 2 == 0 { Fault::Reset } else { throttled.clone() };
            (name == "ListInstances" && looks <= 20).then_some(cut)
        });
        assert_eq!(deploy(&shop).await, Outcome::Succeeded);
        // Ten looks cover the bake, each the 30 s before it.
        assert!(shop.world.proxy().count("ListInstances") >= 30, "the bake goes on until it is covered");
    });
}

#[test]
fn cloud_map_that_cannot_be_asked_at_all_is_inconclusive_and_not_a_failure_of_the_version() {
    virtually(async {
        let (shop, _) = open().await;
        let denied = Fault::Refused(400, "AccessDeniedException", "You may not");
        shop.world.proxy().rule(move |name, _, _| (name == "ListInstances").then(|| denied.clone()));
        let target = shop.target();
        let plugins = plugins(&target, check(&shop));
        let plan = plan(&shop, &plugins, Inconclusive::Halt);
        let orchestrator = shop.orchestrator_with(std::sync::Arc::clone(&shop.journal), plugins);
        let id = orchestrator.start(&plan).await.unwrap();
        let outcome = shop.drive(&orchestrator, &id).await;
        assert!(matches!(&outcome, Outcome::Halted { reason } if reason.contains("was not covered by observations")), "{outcome:?}");
        assert_eq!(shop.runs().await, ["shop:2", "shop:2"]);
    });
}
