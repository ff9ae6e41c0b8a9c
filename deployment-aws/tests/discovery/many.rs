//! Several services, and more tasks than a page has.

use std::time::Duration;

use deployment_aws::discovery::Registered;
use deployment_core::health::HealthStatus;
use serde_json::json;
use tokio::time::sleep;

use crate::{
    cloud::virtually,
    registry::{SETTLED, anew, check, cloud_map, fault, is_well, open, play, registered, registry, report},
    shop::Shop,
};

/// A second service beside the shop, with tasks in a registry.
async fn neighbour(shop: &Shop, arn: &str) {
    let registry = aws_sdk_ecs::types::ServiceRegistry::builder().registry_arn(arn).build();
    let service = shop.ecs.create_service().cluster("main").service_name("kiosk").task_definition("shop:1").service_registries(registry);
    service.desired_count(1).send().await.unwrap();
    sleep(SETTLED).await;
    shop.service().await;
}

fn both(shop: &Shop) -> Registered {
    Registered::new(&shop.world.virtual_config(), "main", ["shop", "kiosk", "shop"]).unwrap()
}

#[test]
fn two_services_are_looked_at_each_in_its_registry() {
    virtually(async {
        let (shop, first) = open().await;
        let second = registry(&shop.world, "kiosk").await;
        neighbour(&shop, &second).await;
        let report = report(&both(&shop)).await;
        assert_eq!(report.status, HealthStatus::Healthy, "{report:?}");
        assert!(report.evidence.contains("2 running tasks of shop") && report.evidence.contains("1 running tasks of kiosk"), "{report:?}");
        is_well(&both(&shop).only_in([&first, &second]).unwrap()).await;
        let told = fault(&both(&shop).only_in([&first]).unwrap()).await;
        assert!(told.contains("the registry of shop, kiosk is srv-"), "{told}");
        play(&shop, &second, json!({ "registers": false })).await;
        shop.world.tell("ecs/update", &json!({ "cluster": "main", "service": "kiosk", "forceNewDeployment": true })).await;
        sleep(SETTLED).await;
        let told = fault(&both(&shop)).await;
        assert!(told.contains("(kiosk): 1 of 1 running tasks of kiosk") && !told.contains("tasks of shop"), "{told}");
        is_well(&check(&shop)).await;
    });
}

#[test]
fn a_registry_that_services_share_holds_nothing_against_one_for_the_other() {
    virtually(async {
        let (shop, arn) = open().await;
        neighbour(&shop, &arn).await;
        // By hand, for what is no task at all.
        let hand = cloud_map(&shop).register_instance().service_id(&arn).instance_id("by-hand").attributes("AWS_INSTANCE_IPV4", "10.9.0.1");
        hand.send().await.unwrap();
        assert_eq!(registered(&shop, &arn).await.len(), 4);
        is_well(&check(&shop)).await;
        is_well(&both(&shop)).await;
        // The kiosk's task goes and stays registered: that is the kiosk's.
        play(&shop, &arn, json!({ "deregisters": false })).await;
        shop.world.tell("ecs/update", &json!({ "cluster": "main", "service": "kiosk", "desiredCount": 0 })).await;
        sleep(Duration::from_secs(60)).await;
        is_well(&check(&shop)).await;
        let told = fault(&both(&shop)).await;
        assert!(told.contains("1 of kiosk that ECS does not run any more"), "{told}");
    });
}

#[test]
fn of_a_pair_one_without_a_registry_is_not_made_up_for_by_the_other() {
    virtually(async {
        let (shop, arn) = open().await;
        let service = shop.ecs.create_service().cluster("main").service_name("kiosk").task_definition("shop:1").desired_count(0);
        service.send().await.unwrap();
        let told = fault(&both(&shop).only_in([&arn]).unwrap()).await;
        assert!(told.contains(", and not of each; it must be srv-"), "{told}");
    });
}

#[test]
fn more_tasks_than_a_page_has_are_all_looked_at() {
    virtually(async {
        let (shop, arn) = open().await;
        shop.somebody(json!({ "desiredCount": 230 })).await;
        sleep(Duration::from_secs(300)).await;
        shop.service().await;
        shop.world.proxy().clear();
        let well = report(&check(&shop)).await;
        assert!(well.evidence.contains("230 running tasks of shop"), "{well:?}");
        let calls = ["ListTasks", "DescribeTasks", "ListInstances", "GetInstancesHealthStatus"].map(|call| shop.world.proxy().count(call));
        assert_eq!(calls, [3, 3, 3, 3]);
        play(&shop, &arn, json!({ "registers": false })).await;
        anew(&shop).await;
        sleep(Duration::from_secs(600)).await;
        let told = fault(&check(&shop)).await;
        assert!(told.contains("230 of 230 running tasks of shop") && told.contains("and 227 more") && told.len() < 300, "{told}");
    });
}
