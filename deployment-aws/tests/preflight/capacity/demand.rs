//! What parts need.

use std::time::Duration;

use deployment_aws::{
    ecs::{EcsRolling, migration::EcsTaskMigration},
    preflight::{Place, Precondition as _, Tasks},
};
use deployment_core::{ErrorKind, Percent, migration::Phase};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::support::{blue_green, migration, provider, rolling, shop};
use crate::{
    cloud::{Fault, virtually},
    shop::Shop,
};

fn expected(of: &str, count: u32, subnets: &[&str]) -> Tasks {
    let subnets = subnets.iter().map(|id| (*id).to_owned()).collect();
    Tasks { of: of.into(), cluster: "main".into(), count, cpu: 256, memory: 512, place: Place::Fargate, subnets }
}

#[test]
fn a_rollout_a_second_service_and_a_migration_need_their_tasks() {
    virtually(async {
        let shop = shop().await;
        let both = ["subnet-1", "subnet-2"];
        assert_eq!(rolling(&shop, "blue").needs().await.unwrap().tasks, [expected("the service blue", 2, &both)]);
        assert_eq!(blue_green(&shop).needs().await.unwrap().tasks, [expected("the service green", 2, &both)]);
        assert_eq!(migration(&shop).needs().await.unwrap().tasks, [expected("the migration by shop:1", 1, &["subnet-1"])]);
    });
}

async fn set(shop: &Shop, service: &str, changes: Value) {
    shop.somebody(service, changes).await;
    sleep(Duration::from_secs(300)).await;
}

async fn counts(target: &EcsRolling) -> Vec<u32> {
    target.needs().await.unwrap().tasks.iter().map(|tasks| tasks.count).collect()
}

#[test]
fn a_rollout_needs_what_the_service_or_the_target_allows_at_most() {
    virtually(async {
        let shop = shop().await;
        set(&shop, "blue", json!({"desiredCount": 4, "deploymentConfiguration": {"maximumPercent": 140}})).await;
        assert_eq!(counts(&rolling(&shop, "blue")).await, [1]);
        set(&shop, "blue", json!({"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 50}})).await;
        assert!(counts(&rolling(&shop, "blue")).await.is_empty());
        let builder = EcsRolling::builder(&shop.world.virtual_config()).cluster("main").service("blue").container("app");
        assert_eq!(counts(&builder.surge(Percent::new(75.0).unwrap()).build().unwrap()).await, [3]);
    });
}

#[test]
fn a_second_service_needs_as_many_as_serve_and_less_what_it_runs_already() {
    virtually(async {
        let shop = shop().await;
        set(&shop, "blue", json!({"desiredCount": 3})).await;
        assert_eq!(blue_green(&shop).needs().await.unwrap().tasks[0].count, 3);
        // As a launch would have it: up to twice the tasks while those of before are replaced.
        set(&shop, "green", json!({"desiredCount": 1})).await;
        assert_eq!(blue_green(&shop).needs().await.unwrap().tasks[0].count, 5);
        shop.somebody_routes([50, 50, 0]).await;
        assert!(blue_green(&shop).needs().await.unwrap().tasks.is_empty(), "both have traffic: a launch is refused");
    });
}

#[test]
fn a_strategy_says_what_runs_them() {
    virtually(async {
        let shop = shop().await;
        let item = |name: &str, base: u32, weight: u32| json!({"capacityProvider": name, "base": base, "weight": weight});
        let mixed = json!([item("FARGATE", 1, 1), item("FARGATE_SPOT", 0, 3)]);
        set(&shop, "blue", json!({"desiredCount": 5, "capacityProviderStrategy": mixed})).await;
        let places = |needs: Vec<Tasks>| needs.into_iter().map(|tasks| (tasks.place, tasks.count)).collect::<Vec<_>>();
        let needs = rolling(&shop, "blue").needs().await.unwrap();
        assert_eq!(places(needs.tasks), [(Place::Fargate, 2), (Place::FargateSpot, 3)]);
        set(&shop, "green", json!({"capacityProviderStrategy": [item("machines", 0, 1)]})).await;
        let needs = blue_green(&shop).needs().await.unwrap();
        assert_eq!(places(needs.tasks), [(provider("machines"), 5)], "those of blue, in the place of green");
    });
}

#[test]
fn a_migration_on_instances_needs_room_there() {
    virtually(async {
        let shop = shop().await;
        let builder = EcsTaskMigration::builder(&shop.world.virtual_config(), Phase::Expand).task("main", "shop", "app").on_instances();
        let migration = builder.apply(["up"]).status(["status"]).build().unwrap();
        let expected = Tasks { place: Place::Instances, ..expected("the migration by shop", 1, &[]) };
        assert_eq!(migration.needs().await.unwrap().tasks, [expected]);
    });
}

#[test]
fn what_is_not_there_needs_nothing() {
    virtually(async {
        let shop = shop().await;
        assert!(rolling(&shop, "nobody").needs().await.unwrap().tasks.is_empty());
        let builder = EcsTaskMigration::builder(&shop.world.virtual_config(), Phase::Expand).task("main", "nothing", "app").on_instances();
        assert!(builder.apply(["up"]).status(["status"]).build().unwrap().needs().await.unwrap().tasks.is_empty());
        shop.world.proxy().rule(|name, _, _| (name == "DescribeServices").then_some(Fault::Reset));
        for error in [rolling(&shop, "blue").needs().await.unwrap_err(), blue_green(&shop).needs().await.unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
        }
    });
}
