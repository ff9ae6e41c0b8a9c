//! Services behind a load balancer, whose targets get healthy and drain.

use std::collections::BTreeSet;

use aws_sdk_ecs::types::LoadBalancer;
use aws_sdk_elasticloadbalancingv2::{Client, types::TargetDescription};
use deployment_core::{engine::Outcome, target::Target as _};
use serde_json::json;
use tokio::time::{Duration, sleep};

use crate::{
    cloud::virtually,
    shop::{Shop, release},
};

/// A load balancer that forwards to the group `shop`, and to nothing the group `spare`; draining takes 10 seconds. Their ARNs.
async fn balancer(shop: &Shop) -> (String, String) {
    let made = shop.world.tell("load-balancer", &json!({ "groups": ["shop", "spare"], "weights": [100], "drains_for": 10 })).await;
    let arn = |group: &str| made["groups"][group].as_str().unwrap().to_owned();
    (arn("shop"), arn("spare"))
}

async fn states(shop: &Shop, group: &str) -> BTreeSet<String> {
    let request = Client::new(&shop.world.virtual_config()).describe_target_health().target_group_arn(group);
    let answer = request.send().await.unwrap();
    let described = answer.target_health_descriptions.unwrap_or_default();
    described.iter().filter_map(|each| each.target_health()?.state().map(|state| state.as_str().to_owned())).collect()
}

/// The shop behind a load balancer, running.
async fn balanced() -> (Shop, String) {
    let shop = Shop::open().await;
    let (group, _) = balancer(&shop).await;
    let balancer = LoadBalancer::builder().target_group_arn(&group).container_name("app").container_port(8080).build();
    let request = shop.ecs.update_service().cluster("main").service("shop").load_balancers(balancer);
    request.send().await.unwrap();
    sleep(Duration::from_secs(120)).await;
    shop.service().await;
    shop.world.proxy().clear();
    (shop, group)
}

fn set(states: &[&str]) -> BTreeSet<String> {
    states.iter().map(|state| (*state).to_owned()).collect()
}

#[test]
fn targets_are_initial_healthy_draining_and_gone_or_unused() {
    virtually(async {
        let shop = Shop::open().await;
        let (group, spare) = balancer(&shop).await;
        let client = Client::new(&shop.world.virtual_config());
        let target = TargetDescription::builder().id("10.1.0.1").port(8080).build();
        for arn in [&group, &spare] {
            let request = client.register_targets().target_group_arn(arn).targets(target.clone());
            request.send().await.unwrap();
        }
        assert_eq!((states(&shop, &group).await, states(&shop, &spare).await), (set(&["initial"]), set(&["unused"])));
        sleep(Duration::from_secs(10)).await;
        assert_eq!((states(&shop, &group).await, states(&shop, &spare).await), (set(&["healthy"]), set(&["unused"])));
        let request = client.deregister_targets().target_group_arn(&group).targets(target);
        request.send().await.unwrap();
        assert_eq!(states(&shop, &group).await, set(&["draining"]));
        sleep(Duration::from_secs(10)).await;
        assert_eq!(states(&shop, &group).await, set(&[]));
    });
}

#[test]
fn a_rollout_has_ended_when_the_old_tasks_have_drained() {
    virtually(async {
        let (shop, group) = balanced().await;
        assert_eq!(states(&shop, &group).await, set(&["healthy"]));
        let target = shop.target();
        let plan = shop.plan(release("2"), &target);
        let seen = async {
            let mut seen = Vec::new();
            for _ in 0..8 {
                sleep(Duration::from_secs(5)).await;
                seen.push(states(&shop, &group).await);
            }
            seen
        };
        let (outcome, seen) = tokio::join!(shop.run(&target, &plan), seen);
        assert_eq!(outcome, Outcome::Succeeded);
        for states in [set(&["healthy"]), set(&["healthy", "initial"]), set(&["draining", "healthy"])] {
            assert!(seen.contains(&states), "{states:?} is not in {seen:?}");
        }
        let view = target.observe().await.unwrap();
        assert_eq!((view.revisions.len(), view.revisions[0].healthy), (1, Some(2)));
        assert_eq!(states(&shop, &group).await, set(&["healthy"]));
        assert!(view.events.iter().any(|event| event.contains("has reached a steady state")), "{:?}", view.events);
    });
}

#[test]
fn what_the_load_balancer_finds_unhealthy_is_taken_back() {
    virtually(async {
        let (shop, group) = balanced().await;
        shop.behaves("2", json!({ "healthy_after": null })).await;
        let outcome = shop.deploy("2").await;
        assert!(matches!(&outcome, Outcome::RolledBack { cause, .. } if cause.contains("the platform has rolled back")), "{outcome:?}");
        sleep(Duration::from_secs(30)).await;
        assert_eq!((shop.runs().await, states(&shop, &group).await), (vec!["shop:1".to_owned(); 2], set(&["healthy"])));
    });
}
