//! A shop in a registry of Cloud Map.

use std::time::Duration;

use aws_sdk_ecs::types::ServiceRegistry;
use aws_sdk_servicediscovery::Client;
use deployment_aws::discovery::Registered;
use deployment_core::{
    health::{HealthCheck as _, HealthReport, HealthStatus},
    testkit::sample,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{cloud::World, shop::Shop};

/// Until Cloud Map shows a task as healthy that runs, with some to spare: it waits for 30 s.
pub(crate) const SETTLED: Duration = Duration::from_secs(120);

/// A registry of this name, whose health ECS reports: its ARN.
pub(crate) async fn registry(world: &World, name: &str) -> String {
    registry_with(world, json!({ "name": name })).await
}

pub(crate) async fn registry_with(world: &World, how: Value) -> String {
    world.tell("discovery/registry", &how).await["arn"].as_str().unwrap().to_owned()
}

/// The shop, whose tasks are registered there: its ARN.
pub(crate) async fn open() -> (Shop, String) {
    open_with(json!({ "name": "shop" })).await
}

pub(crate) async fn open_with(how: Value) -> (Shop, String) {
    let shop = Shop::open().await;
    let arn = registry_with(&shop.world, how).await;
    put_into(&shop, &arn).await;
    (shop, arn)
}

/// The service gets this registry, and new tasks with it.
pub(crate) async fn put_into(shop: &Shop, arn: &str) {
    let registry = ServiceRegistry::builder().registry_arn(arn).build();
    shop.ecs.update_service().cluster("main").service("shop").service_registries(registry).send().await.unwrap();
    sleep(SETTLED).await;
    shop.service().await;
    shop.world.proxy().clear();
}

/// From now on this happens to tasks in a registry; see `discovery.py`.
pub(crate) async fn play(shop: &Shop, arn: &str, how: Value) {
    let mut body = json!({ "registry": arn });
    body.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
    shop.world.tell("discovery/play", &body).await;
}

/// New tasks take the place of those that run, and all has settled.
pub(crate) async fn anew(shop: &Shop) {
    shop.somebody(json!({ "forceNewDeployment": true })).await;
    sleep(SETTLED).await;
}

pub(crate) fn check(shop: &Shop) -> Registered {
    Registered::new(&shop.world.virtual_config(), "main", ["shop"]).unwrap()
}

pub(crate) fn cloud_map(shop: &Shop) -> Client {
    Client::new(&shop.world.virtual_config())
}

pub(crate) async fn report(check: &Registered) -> HealthReport {
    check.check(&sample::health(sample::NOON)).await.unwrap()
}

/// What is wrong, by a check that finds something wrong.
pub(crate) async fn fault(check: &Registered) -> String {
    let report = report(check).await;
    assert_eq!(report.status, HealthStatus::Unhealthy, "{report:?}");
    report.evidence
}

pub(crate) async fn is_well(check: &Registered) {
    let report = report(check).await;
    assert_eq!(report.status, HealthStatus::Healthy, "{report:?}");
}

/// The ids of what is registered.
pub(crate) async fn registered(shop: &Shop, arn: &str) -> Vec<String> {
    let page = cloud_map(shop).list_instances().service_id(arn).send().await.unwrap();
    page.instances().iter().filter_map(|instance| instance.id()).map(str::to_owned).collect()
}
