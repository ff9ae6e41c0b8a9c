//! What others do while a deployment is under way.

use std::time::Duration;

use deployment_core::{ErrorKind, Status, engine::Outcome, target::Target as _, testkit::sample};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    cloud::virtually,
    shop::{Shop, canary, release},
};

/// Waits until green has some traffic.
async fn shifted(shop: &Shop) {
    while shop.routes().await.share(&shop.groups[1]).basis_points() == 0 {
        sleep(Duration::from_secs(2)).await;
    }
}

/// Deploys while somebody does something, once the candidate has traffic.
async fn meanwhile(shop: &Shop, act: impl AsyncFnOnce()) -> Outcome {
    let plan = shop.plan("2", canary().bake(Duration::from_secs(60)));
    let somebody = async {
        shifted(shop).await;
        act().await;
    };
    tokio::join!(shop.deploy(&plan), somebody).0
}

fn assert_drifted(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Halted { reason } if reason.contains("drifted")), "{outcome:?}");
}

#[test]
fn weights_that_somebody_else_sets_halt_it_and_stay() {
    virtually(async {
        let shop = Shop::open().await;
        assert_drifted(&meanwhile(&shop, async || shop.somebody_routes([23, 77, 0]).await).await);
        assert_eq!(shop.routes().await.share(&shop.groups[1]).basis_points(), 7_700);
        let shop = Shop::open().await;
        assert_drifted(&meanwhile(&shop, async || shop.somebody_routes([1, 0, 1]).await).await);
        assert_eq!(shop.routes().await.share(&shop.groups[2]).basis_points(), 5_000);
    });
}

#[test]
fn another_release_that_somebody_puts_into_a_service_halts_it() {
    virtually(async {
        for service in ["blue", "green"] {
            let shop = Shop::open().await;
            let found = shop.ecs.describe_task_definition().task_definition("shop:1").send().await.unwrap().task_definition.unwrap();
            let again = shop.ecs.register_task_definition().family("shop").set_container_definitions(found.container_definitions);
            let theirs = again.cpu("256").memory("512").send().await.unwrap().task_definition.unwrap().task_definition_arn.unwrap();
            assert_drifted(&meanwhile(&shop, async || shop.somebody(service, json!({"taskDefinition": theirs})).await).await);
        }
    });
}

#[test]
fn scaling_in_the_middle_is_no_drift() {
    virtually(async {
        let shop = Shop::open().await;
        let outcome = meanwhile(&shop, async || {
            shop.somebody("blue", json!({"desiredCount": 4})).await;
            shop.somebody("green", json!({"desiredCount": 3})).await;
        })
        .await;
        assert_eq!(outcome, Outcome::Succeeded);
        assert_eq!(shop.routes().await.share(&shop.groups[1]).basis_points(), 10_000);
        assert_eq!(shop.runs().await[0].1, 0);
    });
}

#[test]
fn it_does_not_begin_where_two_have_traffic_or_nobody_knows_who_has_it() {
    virtually(async {
        for weights in [[50, 50, 0], [0, 0, 1], [1, 0, 1]] {
            let shop = Shop::with([2, 2], json!({})).await;
            shop.somebody_routes(weights).await;
            let outcome = shop.deploy(&shop.plan("2", canary())).await;
            assert!(matches!(outcome, Outcome::Rejected { .. }), "{weights:?}: {outcome:?}");
            assert_eq!(shop.definitions().await, 1);
            let target = shop.target();
            if weights[2] == 0 {
                let told = target.launch(&sample::effect("token", 1), &release("2"), 2).await.unwrap_err();
                assert_eq!((told.kind(), told.status()), (ErrorKind::Conflict, Status::Permanent), "{told:?}");
            }
        }
    });
}

#[test]
fn what_the_idle_service_still_runs_is_replaced_and_does_not_count_for_the_release() {
    virtually(async {
        let shop = Shop::with([2, 2], json!({})).await;
        let target = shop.target();
        assert_eq!(target.observe().await.unwrap().revisions.len(), 2);
        let made = target.launch(&sample::effect("token", 1), &release("2"), 2).await.unwrap();
        let mut counted = Vec::new();
        while counted.last() != Some(&2) {
            let view = target.observe().await.unwrap();
            let shown = view.revision(&made).unwrap().clone();
            let tasks = shop.world.tell("ecs/tasks", &json!({"cluster": "main", "service": "green"})).await;
            let ours = |task: &&serde_json::Value| task["definition"].as_str().unwrap().ends_with("shop:2") && task["health"] == "HEALTHY";
            let healthy = tasks["tasks"].as_array().unwrap().iter().filter(ours).count();
            assert!(shown.healthy.unwrap() as usize <= healthy, "{shown:?}, {healthy} of the release are healthy");
            counted.extend(shown.healthy);
            sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(counted[0], 0, "{counted:?}");
        assert_eq!(shop.deploy(&shop.plan("3", canary())).await, Outcome::Succeeded);
    });
}

#[test]
fn where_nobody_has_traffic_a_launch_goes_to_the_service_that_runs_nothing() {
    virtually(async {
        for (tasks, expected) in [([0, 0], "green/shop:2"), ([2, 0], "green/shop:2"), ([0, 2], "blue/shop:2")] {
            let shop = Shop::with(tasks, json!({"weights": [0, 0, 0]})).await;
            let made = shop.target().launch(&sample::effect("token", 1), &release("2"), 1).await.unwrap();
            assert_eq!(made.as_str(), expected, "{tasks:?}");
        }
    });
}

#[test]
fn what_has_traffic_is_not_removed_and_what_is_unknown_not_routed_to() {
    virtually(async {
        let shop = Shop::open().await;
        let target = shop.target();
        let view = target.observe().await.unwrap();
        let stable = view.revisions[0].id.clone();
        let told = target.retire(&sample::effect("token", 1), &stable).await.unwrap_err();
        assert!(told.kind() == ErrorKind::Conflict && told.to_string().contains("100 % of traffic"), "{told}");
        let made = target.launch(&sample::effect("token", 1), &release("2"), 1).await.unwrap();
        let routes = deployment_core::Routes { tests: vec![(crate::shop::header(), made.clone())], ..view.routes.clone() };
        sleep(Duration::from_secs(1)).await;
        target.route(&sample::effect("tests", 1), &routes).await.unwrap();
        let told = target.retire(&sample::effect("token", 1), &made).await.unwrap_err();
        assert!(told.to_string().contains("test requests"), "{told}");
        let empty = target.route(&sample::effect("nobody", 1), &deployment_core::Routes::default()).await.unwrap_err();
        assert!(empty.to_string().contains("both services run tasks"), "{empty}");
        target.route(&sample::effect("none", 1), &view.routes).await.unwrap();
        target.retire(&sample::effect("retire", 1), &made).await.unwrap();
        let told =
            target.scale(&sample::effect("scale", 1), &deployment_core::RevisionId::new("green/shop:9").unwrap(), 1).await.unwrap_err();
        assert_eq!((told.kind(), told.status()), (ErrorKind::NotFound, Status::Permanent));
    });
}
