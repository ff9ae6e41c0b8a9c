//! An account with room, and parts that need it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_sdk_ecs::types::{AutoScalingGroupProvider, ManagedScaling, ManagedScalingStatus};
use deployment_aws::{
    alb::AlbRouter,
    ecs::{EcsBlueGreen, EcsRolling, migration::EcsTaskMigration},
    preflight::{Capacity, Findings, Needs, Place, Precondition, Preflight, Supply as _, Tasks},
};
use deployment_core::{ErrorKind, Result, migration::Phase};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::shop::Shop;

pub(crate) const ON_DEMAND: &str = "L-3032A538";
pub(crate) const SPOT: &str = "L-36FBB829";

/// Blue serves with two tasks of a quarter of a vCPU each; both services are in two subnets, which have addresses, and 1.5 vCPUs are left.
pub(crate) async fn shop() -> Shop {
    let shop = Shop::open().await;
    for service in ["blue", "green"] {
        let network = json!({"awsvpcConfiguration": {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"]}});
        shop.somebody(service, json!({"networkConfiguration": network})).await;
    }
    sleep(Duration::from_secs(300)).await;
    subnets(&shop, json!({"subnet-1": 3, "subnet-2": 2})).await;
    quota(&shop, ON_DEMAND, json!({"value": 6, "used": 4.5})).await;
    shop.world.proxy().clear();
    shop
}

pub(crate) async fn subnets(shop: &Shop, free: Value) {
    shop.world.tell("ec2/subnets", &json!({ "free": free })).await;
}

pub(crate) async fn quota(shop: &Shop, code: &str, more: Value) {
    let mut body = json!({ "code": code });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    shop.world.tell("quota", &body).await;
}

pub(crate) async fn instances(shop: &Shop, instances: Value) {
    shop.world.tell("ecs/instances", &json!({"cluster": "main", "instances": instances})).await;
}

/// A capacity provider, whose instances ECS adds and removes, or somebody else does.
pub(crate) async fn make_provider(shop: &Shop, name: &str, scaling: ManagedScalingStatus) {
    let scaling = ManagedScaling::builder().status(scaling).build();
    let group = AutoScalingGroupProvider::builder().auto_scaling_group_arn("arn:aws:autoscaling:x").managed_scaling(scaling);
    let group = group.build().unwrap();
    shop.ecs.create_capacity_provider().name(name).auto_scaling_group_provider(group).send().await.unwrap();
}

pub(crate) fn capacity(shop: &Shop) -> Capacity {
    Capacity::new(&shop.world.virtual_config()).clock(Arc::new(shop.world.dates()))
}

pub(crate) fn blue_green(shop: &Shop) -> EcsBlueGreen {
    let [blue, green, _] = shop.groups.clone();
    shop.target_of(["blue", "green"], AlbRouter::new(&shop.world.virtual_config(), &shop.rule, [blue, green]).unwrap())
}

pub(crate) fn rolling(shop: &Shop, service: &str) -> EcsRolling {
    EcsRolling::builder(&shop.world.virtual_config()).cluster("main").service(service).container("app").build().unwrap()
}

pub(crate) fn migration(shop: &Shop) -> EcsTaskMigration {
    let builder = EcsTaskMigration::builder(&shop.world.virtual_config(), Phase::Contract).task("main", "shop:1", "app");
    let builder = builder.network(["subnet-1"], ["sg-1"]).apply(["up"]).status(["status"]);
    builder.environment("PGSSLMODE", "verify-full").build().unwrap()
}

/// All three, against what there is room for.
pub(crate) fn whole(shop: &Shop) -> Preflight {
    Preflight::new().of(blue_green(shop)).of(rolling(shop, "blue")).of(migration(shop)).against(capacity(shop))
}

/// Something of which is known what it needs.
pub(crate) struct Part(pub(crate) Tasks);

#[async_trait]
impl Precondition for Part {
    fn describe(&self) -> String {
        self.0.of.clone()
    }

    async fn examine(&self, _: &mut Findings) -> Result<()> {
        Ok(())
    }

    async fn needs(&self) -> Result<Needs> {
        let mut needs = Needs::new();
        needs.tasks.push(self.0.clone());
        Ok(needs)
    }
}

/// Tasks as large as those of the services, in no subnets.
pub(crate) fn tasks(of: &str, count: u32, place: Place) -> Tasks {
    Tasks { of: of.into(), cluster: "main".into(), count, cpu: 256, memory: 512, place, subnets: Vec::new() }
}

pub(crate) fn provider(name: &str) -> Place {
    Place::Providers(vec![name.to_owned()])
}

/// What is told of these tasks, which can all be looked at.
pub(crate) async fn told(shop: &Shop, tasks: impl IntoIterator<Item = Tasks>) -> Findings {
    let (mut needs, mut findings) = (Needs::new(), Findings::default());
    needs.tasks.extend(tasks);
    capacity(shop).compare(&needs, &mut findings).await.unwrap();
    findings
}

pub(crate) async fn faults(preflight: &Preflight) -> String {
    let error = preflight.check().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    error.to_string()
}

pub(crate) fn has_only_read(shop: &Shop) {
    let calls = shop.world.proxy().calls();
    assert!(!calls.is_empty());
    let reads = |name: &str| ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb));
    assert!(calls.iter().all(|(name, _)| reads(name)), "{calls:?}");
}

#[track_caller]
pub(crate) fn one(told: &[String], words: &[&str]) {
    assert!(told.len() == 1 && words.iter().all(|words| told[0].contains(words)), "{words:?}: {told:?}");
}
