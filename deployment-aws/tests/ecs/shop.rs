//! A service that runs, and deployments of it.

use std::{sync::Arc, time::Duration};

use aws_sdk_ecs::{
    Client,
    types::{Compatibility, ContainerDefinition, HealthCheck, KeyValuePair, NetworkMode, Service, Tag},
};
use deployment_aws::ecs::{EcsRolling, EcsRollingBuilder};
use deployment_core::{
    Actor, DeploymentId, Ended, EnvironmentName, Options, Orchestrator, Plan, Plugins, Release, Until,
    engine::Outcome,
    journal::{Journal, MemoryJournal},
    plan::{Capacity, PlanBuilder},
    strategy::Rolling,
    testkit::{TokioClock, sample},
};
use serde_json::{Value, json};
use tokio::time::sleep;

pub(crate) use crate::goods::{image, release};
use crate::{cloud::World, goods};

/// The service `shop` in the cluster `main`, with two tasks of `shop:1`.
pub(crate) struct Shop {
    pub(crate) world: Arc<World>,
    pub(crate) ecs: Client,
    pub(crate) journal: Arc<dyn Journal>,
    clock: TokioClock,
}

impl Shop {
    /// It runs, and the proxy has seen nothing yet.
    pub(crate) async fn open() -> Self {
        let shop = Self::of(World::new().await);
        Box::pin(shop.build()).await;
        sleep(Duration::from_secs(60)).await;
        shop.service().await;
        shop.world.proxy().clear();
        shop
    }

    /// For one of the processes that use it.
    pub(crate) fn of(world: World) -> Self {
        let (ecs, clock) = (Client::new(&world.virtual_config()), TokioClock::starting_at(sample::NOON + world.time()));
        Self { world: Arc::new(world), ecs, journal: Arc::new(MemoryJournal::new()), clock }
    }

    async fn build(&self) {
        let variable = |name: &str, value: &str| KeyValuePair::builder().name(name).value(value).build();
        let check = HealthCheck::builder().command("CMD-SHELL").command("true").build().unwrap();
        let app = ContainerDefinition::builder().name("app").image(image("1")).essential(true).memory(256).health_check(check);
        let app = app.environment(variable("LOG", "debug")).environment(variable("REGION", "eu")).build();
        let sidecar = ContainerDefinition::builder().name("envoy").image("envoy:1").memory(64).build();
        self.ecs.create_cluster().cluster_name("main").send().await.unwrap();
        let definition = self.ecs.register_task_definition().family("shop").container_definitions(app).container_definitions(sidecar);
        let definition = definition.requires_compatibilities(Compatibility::Fargate).network_mode(NetworkMode::Awsvpc);
        let definition = definition.cpu("512").memory("1024").tags(Tag::builder().key("team").value("checkout").build());
        definition.send().await.unwrap();
        let service = self.ecs.create_service().cluster("main").service_name("shop").task_definition("shop:1");
        service.desired_count(2).send().await.unwrap();
    }

    pub(crate) fn builder(&self) -> EcsRollingBuilder {
        let builder = EcsRolling::builder(&self.world.virtual_config()).cluster("main").service("shop").container("app");
        builder.clock(Arc::new(self.clock))
    }

    /// A target of a process of its own.
    pub(crate) fn target(&self) -> EcsRolling {
        self.builder().build().unwrap()
    }

    pub(crate) fn plan_builder(&self, release: Release) -> PlanBuilder {
        Plan::builder(release, EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
    }

    pub(crate) fn plan(&self, release: Release, target: &EcsRolling) -> Plan {
        self.plan_builder(release).deploy("backend", Capacity::of(2), Rolling::new()).build(&plugins(target)).unwrap()
    }

    pub(crate) fn orchestrator(&self, target: &EcsRolling) -> Orchestrator {
        self.orchestrator_with(Arc::clone(&self.journal), plugins(target))
    }

    pub(crate) fn orchestrator_with(&self, journal: Arc<dyn Journal>, plugins: Plugins) -> Orchestrator {
        let builder = Orchestrator::builder(journal, plugins).clock(Arc::new(self.clock));
        builder.options(Options { inbox_poll: Duration::from_secs(20), ..Options::default() }).build()
    }

    /// Deploys a version by a new process, to its end.
    pub(crate) async fn deploy(&self, version: &str) -> Outcome {
        let target = self.target();
        self.run(&target, &self.plan(release(version), &target)).await
    }

    pub(crate) async fn run(&self, target: &EcsRolling, plan: &Plan) -> Outcome {
        let orchestrator = self.orchestrator(target);
        let id = orchestrator.start(plan).await.unwrap();
        self.drive(&orchestrator, &id).await
    }

    pub(crate) async fn drive(&self, orchestrator: &Orchestrator, id: &DeploymentId) -> Outcome {
        match orchestrator.drive(id, Until::End).await.unwrap() {
            Ended::Outcome(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    /// How images of a version behave.
    pub(crate) async fn behaves(&self, version: &str, how: Value) {
        let mut body = json!({ "image": image(version) });
        body.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
        self.world.tell("ecs/image", &body).await;
    }

    /// Somebody else's UpdateService.
    pub(crate) async fn somebody(&self, changes: Value) {
        let mut body = json!({ "cluster": "main", "service": "shop" });
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        self.world.tell("ecs/update", &body).await;
    }

    pub(crate) async fn service(&self) -> Service {
        self.ecs.describe_services().cluster("main").services("shop").send().await.unwrap().services.unwrap().remove(0)
    }

    /// What the running tasks run, by the image of the app.
    pub(crate) async fn runs(&self) -> Vec<String> {
        let tasks = self.world.tell("ecs/tasks", &json!({ "cluster": "main", "service": "shop" })).await;
        let running = tasks["tasks"].as_array().unwrap().iter().filter(|task| task["status"] == "RUNNING");
        running.map(|task| task["definition"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
    }

    /// Every task definition of the family with its tags: name, tags.
    pub(crate) async fn definitions(&self) -> Vec<(String, Vec<Tag>)> {
        goods::definitions(&self.ecs).await
    }

    /// How many service deployments there were, the one that made the service included.
    pub(crate) async fn rollouts(&self) -> usize {
        self.ecs.list_service_deployments().cluster("main").service("shop").send().await.unwrap().service_deployments().len()
    }
}

pub(crate) fn plugins(target: &EcsRolling) -> Plugins {
    Plugins::new().target("backend", target.clone()).unwrap()
}
