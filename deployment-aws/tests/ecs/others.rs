//! Somebody else is at work on the same service, or says something to the deployment.

use std::time::Duration;

use deployment_aws::ecs::EcsRolling;
use deployment_core::{
    Actor,
    engine::Outcome,
    plan::{Capacity, Policy, Redeploy},
    signal::Signal,
    strategy::Rolling,
};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::{
    cloud::virtually,
    shop::{Shop, image, plugins, release},
};

/// Deploys version 2 while something else happens 12 seconds after its start.
async fn deploy_while(shop: &Shop, target: &EcsRolling, meanwhile: impl AsyncFnOnce(&deployment_core::DeploymentId)) -> Outcome {
    let orchestrator = shop.orchestrator(target);
    let id = orchestrator.start(&shop.plan(release("2"), target)).await.unwrap();
    let happens = async {
        sleep(Duration::from_secs(12)).await;
        meanwhile(&id).await;
    };
    let (outcome, ()) = tokio::join!(shop.drive(&orchestrator, &id), happens);
    outcome
}

#[test]
fn a_scaling_event_in_the_middle_is_left_as_it_is() {
    virtually(async {
        let shop = Shop::open().await;
        let target = shop.target();
        let outcome = deploy_while(&shop, &target, async |_| shop.somebody(json!({ "desiredCount": 4 })).await).await;
        assert_eq!(outcome, Outcome::Succeeded);
        assert_eq!(shop.runs().await, ["shop:2"; 4]);
    });
}

#[test]
fn another_deployment_in_the_middle_halts_and_goes_on() {
    virtually(async {
        let shop = Shop::open().await;
        let hotfix = aws_sdk_ecs::types::ContainerDefinition::builder().name("app").image(image("9")).memory(256).build();
        shop.ecs.register_task_definition().family("hotfix").container_definitions(hotfix).send().await.unwrap();
        let target = shop.target();
        let outcome = deploy_while(&shop, &target, async |_| shop.somebody(json!({ "taskDefinition": "hotfix:1" })).await).await;
        assert!(matches!(&outcome, Outcome::Halted { reason } if reason.contains("somebody else's rollout")), "{outcome:?}");
        sleep(Duration::from_secs(60)).await;
        assert_eq!(shop.runs().await, ["hotfix:1", "hotfix:1"]);
    });
}

#[test]
fn the_same_once_more_by_somebody_else_is_not_taken_for_ours() {
    virtually(async {
        let shop = Shop::open().await;
        let target = shop.target();
        let outcome = deploy_while(&shop, &target, async |_| shop.somebody(json!({ "forceNewDeployment": true })).await).await;
        assert!(matches!(&outcome, Outcome::Halted { reason } if reason.contains("somebody else's rollout")), "{outcome:?}");
    });
}

#[test]
fn what_is_aborted_is_superseded_by_what_ran_before_with_two_calls() {
    virtually(async {
        let shop = Shop::open().await;
        shop.behaves("2", json!({ "starts_after": 60 })).await;
        let target = shop.target();
        let outcome = deploy_while(&shop, &target, async |id| abort(&shop, &target, id).await).await;
        assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome:?}");
        assert_eq!(shop.runs().await, ["shop:1", "shop:1"]);
        let proxy = shop.world.proxy();
        assert_eq!([proxy.count("TagResource"), proxy.count("UpdateService"), proxy.count("StopServiceDeployment")], [1, 2, 0]);
        assert_eq!(shop.definitions().await.len(), 2);
    });
}

#[test]
fn what_is_aborted_is_stopped_first_if_the_target_is_built_so() {
    virtually(async {
        let shop = Shop::open().await;
        shop.behaves("2", json!({ "starts_after": 120 })).await;
        let target = shop.builder().stops_first().build().unwrap();
        let outcome = deploy_while(&shop, &target, async |id| abort(&shop, &target, id).await).await;
        assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome:?}");
        assert_eq!(shop.world.proxy().count("StopServiceDeployment"), 1);
        assert_eq!(shop.runs().await.len(), 2);
        assert!(!shop.runs().await.contains(&"shop:2".to_owned()));
    });
}

async fn abort(shop: &Shop, target: &EcsRolling, id: &deployment_core::DeploymentId) {
    shop.orchestrator(target).signal(id, Actor::new("bob").unwrap(), "no", Signal::Abort).await.unwrap();
}

#[test]
fn the_same_release_by_force_is_another_rollout_of_the_same() {
    virtually(async {
        let shop = Shop::open().await;
        assert_eq!(shop.deploy("2").await, Outcome::Succeeded);
        let target = shop.target();
        let policy = Policy { redeploy: Redeploy::Force, ..Policy::default() };
        let builder = shop.plan_builder(release("2")).policy(policy).deploy("backend", Capacity::of(2), Rolling::new());
        assert_eq!(shop.run(&target, &builder.build(&plugins(&target)).unwrap()).await, Outcome::Succeeded);
        assert_eq!(shop.runs().await, ["shop:3", "shop:3"]);
        assert_eq!(shop.rollouts().await, 3);
    });
}

#[test]
fn another_process_takes_up_what_the_first_has_started() {
    virtually(async {
        let shop = Shop::open().await;
        let target = shop.target();
        let plan = shop.plan(release("2"), &target);
        let orchestrator = shop.orchestrator(&target);
        let id = orchestrator.start(&plan).await.unwrap();
        timeout(Duration::from_secs(5), shop.drive(&orchestrator, &id)).await.unwrap_err();
        let other = shop.target();
        assert_eq!(shop.drive(&shop.orchestrator(&other), &id).await, Outcome::Succeeded);
        assert_eq!((shop.definitions().await.len(), shop.rollouts().await), (2, 2));
    });
}

#[test]
fn what_ecs_has_taken_back_while_nobody_drove_is_no_success_and_is_not_tried_again() {
    virtually(async {
        let shop = Shop::open().await;
        shop.behaves("2", json!({ "crashes_at_start": true })).await;
        let target = shop.target();
        let plan = shop.plan(release("2"), &target);
        let orchestrator = shop.orchestrator(&target);
        let id = orchestrator.start(&plan).await.unwrap();
        timeout(Duration::from_secs(5), shop.drive(&orchestrator, &id)).await.unwrap_err();
        sleep(Duration::from_secs(600)).await;
        let other = shop.target();
        let outcome = shop.drive(&shop.orchestrator(&other), &id).await;
        assert!(matches!(&outcome, Outcome::RolledBack { cause, .. } if cause.contains("the platform has rolled back")), "{outcome:?}");
        assert_eq!((shop.definitions().await.len(), shop.rollouts().await), (2, 2));
    });
}
