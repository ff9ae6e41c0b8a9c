//! The deployments that are killed, and where they take place.

use std::{convert::Infallible, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_sdk_ecs::Client;
use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::{
    DeploymentId, Orchestrator, Plan, Plugins,
    journal::Journal,
    plan::{Compensation, PlanBuilder, Step},
    testkit::faults::Faults,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{canary::CanaryScene, cloud::World, goods, rolling::RollingScene, scaled};

/// How often somebody looks whether there is capacity.
pub(crate) const LOOK: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Case {
    GoodRolling,
    /// It crashes at its start: ECS's circuit breaker takes it back.
    CrashingRolling,
    GoodCanary,
    /// It answers with errors.
    BadCanary,
    /// A good one by a target that knows what it has started only for as long as its process lives: it must be caught.
    ForgetfulRolling,
}

impl Case {
    pub(crate) const ALL: [Self; 4] = [Self::GoodRolling, Self::CrashingRolling, Self::GoodCanary, Self::BadCanary];

    pub(crate) fn is_good(self) -> bool {
        matches!(self, Self::GoodCanary | Self::GoodRolling | Self::ForgetfulRolling)
    }

    pub(crate) fn is_canary(self) -> bool {
        matches!(self, Self::GoodCanary | Self::BadCanary)
    }

    /// The services that are there, with automatic scaling.
    pub(crate) fn services(self) -> &'static [&'static str] {
        if self.is_canary() { &["blue", "green"] } else { &["shop"] }
    }
}

/// What a process must know to take part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) case: Case,
    world: String,
    pub(crate) deployment: DeploymentId,
    pub(crate) balancer: Value,
}

/// What a process has of it.
#[async_trait(?Send)]
pub(crate) trait Scene {
    /// An orchestrator that dies when the faults say so.
    fn orchestrator(&self, faults: &Faults) -> (Orchestrator, Plan);

    /// Looks whether whoever serves has tasks, for as long as it is let to.
    async fn watch(&self) -> Infallible;

    /// What serves in the end is right, and all there is.
    async fn assert_right(&self, what: &str);
}

impl Place {
    /// A new one: old tasks serve, and are scaled automatically.
    pub(crate) async fn open(case: Case) -> Self {
        if case.is_canary() { CanaryScene::open(case).await } else { RollingScene::open(case).await }
    }

    pub(crate) async fn of(case: Case, world: &World, balancer: Value) -> Self {
        let place = Self { case, world: world.name(), deployment: DeploymentId::generate(), balancer };
        place.table(world).create_table().await.unwrap();
        for service in case.services() {
            scaled::set_up(&world.virtual_config(), service).await;
        }
        place
    }

    pub(crate) async fn world(&self) -> World {
        World::attach(&self.world).await
    }

    pub(crate) async fn scene(&self) -> Box<dyn Scene> {
        let world = self.world().await;
        if self.case.is_canary() { Box::new(CanaryScene::of(world, self)) } else { Box::new(RollingScene::of(world, self)) }
    }

    fn table(&self, world: &World) -> DynamoJournal {
        DynamoJournal::new(&world.virtual_config(), "deployments")
    }

    pub(crate) fn journal(&self, world: &World) -> Arc<dyn Journal> {
        Arc::new(self.table(world))
    }

    /// Automatic scaling stands still during the deployment.
    pub(crate) fn paused(&self, world: &World, faults: &Faults, mut plugins: Plugins, mut plan: PlanBuilder) -> (Plugins, PlanBuilder) {
        for service in self.case.services() {
            let name = format!("scaling-{service}");
            let action = faults.action(&name, Arc::new(scaled::paused(&world.virtual_config(), service)));
            plugins = plugins.action(&name, action).unwrap();
            plan = plan.before(Step::action(&format!("pause-{service}"), &name).unwrap().compensated_by(Compensation::Finally));
        }
        (plugins, plan)
    }

    /// One new task definition with the deployment's tag, and automatic scaling as it was.
    pub(crate) async fn assert_nothing_left(&self, world: &World, what: &str) {
        let config = world.virtual_config();
        let all = goods::definitions(&Client::new(&config)).await;
        assert_eq!(all.len(), 2, "{what}: {all:?}");
        let ours = |(name, tags): &(String, Vec<aws_sdk_ecs::types::Tag>)| {
            let id = tags.iter().find(|tag| tag.key() == Some("deployment:id")).and_then(|tag| tag.value());
            name == "shop:1" || id == Some(self.deployment.as_str())
        };
        assert!(all.iter().all(ours), "{what}: {all:?} are not all tagged with {}", self.deployment);
        for service in self.case.services() {
            assert_eq!(scaled::now(&config, service).await, scaled::AS_SET_UP, "{what}: {service}");
        }
    }
}
