//! Two services behind a load balancer, and deployments of them.

use std::{sync::Arc, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_ecs::{
    Client,
    types::{
        Compatibility, ContainerDefinition, DeploymentCircuitBreaker, DeploymentConfiguration, LoadBalancer, NetworkMode, PortMapping,
        Service,
    },
};
use aws_sdk_elasticloadbalancingv2::Client as Balancers;
use deployment_aws::{
    alb::{AlbRouter, GroupRoutes, TargetGroup},
    ecs::EcsBlueGreen,
};
use deployment_core::{
    Actor, DeploymentId, Ended, EnvironmentName, Options, Orchestrator, Plan, Plugins, Release, TestRule, Until,
    engine::Outcome,
    journal::{Entry, Journal, MemoryJournal},
    judge::Threshold,
    metric::Query,
    plan::{Capacity, PlanBuilder},
    strategy::{Canary, Strategy},
    target::Target,
    testkit::{TokioClock, fake::FakeMetrics, sample},
    watch::Watch,
};
use serde_json::{Value, json};
use tokio::time::sleep;

pub(crate) use crate::goods::{image, release};
use crate::{cloud::World, goods};

/// How many tasks serve.
pub(crate) const TASKS: u32 = 2;
/// The calls that change something.
pub(crate) const CHANGES: [&str; 5] = ["RegisterTaskDefinition", "UpdateService", "ModifyRule", "CreateRule", "DeleteRule"];

/// The services `blue`, which serves `shop:1`, and `green`, which runs nothing, in the cluster `main`.
pub(crate) struct Shop {
    pub(crate) world: Arc<World>,
    pub(crate) ecs: Client,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) metrics: FakeMetrics,
    pub(crate) rule: String,
    pub(crate) groups: [TargetGroup; 3],
    pub(crate) id: DeploymentId,
    pub(crate) read_lag: Duration,
    pub(crate) clock: TokioClock,
}

pub(crate) fn header() -> TestRule {
    TestRule::Header { name: "x-try".into(), value: "next".into() }
}

/// 10, 30, 50, 100 %, ten seconds each.
pub(crate) fn canary() -> Canary {
    Canary::steps([10.0, 30.0, 50.0, 100.0]).unwrap().bake(Duration::from_secs(10)).watch("errors").unwrap()
}

impl Shop {
    /// Blue serves.
    pub(crate) async fn open() -> Self {
        Self::with([TASKS, 0], json!({})).await
    }

    pub(crate) async fn with(tasks: [u32; 2], balancer: Value) -> Self {
        let world = World::new().await;
        let mut body = json!({"groups": ["blue", "green", "other"], "weights": [100, 0, 0]});
        body.as_object_mut().unwrap().extend(balancer.as_object().unwrap().clone());
        let made = world.tell("load-balancer", &body).await;
        let shop = Self::of(world, &made);
        shop.build(tasks).await;
        sleep(Duration::from_secs(60)).await;
        shop.service("blue").await;
        shop.world.proxy().clear();
        shop
    }

    /// For one of the processes that use it: with the rule and the groups of its load balancer.
    pub(crate) fn of(world: World, balancer: &Value) -> Self {
        let group = |name: &str| TargetGroup::new(balancer["groups"][name].as_str().unwrap()).unwrap();
        Self {
            ecs: Client::new(&world.virtual_config()),
            journal: Arc::new(MemoryJournal::new()),
            metrics: FakeMetrics::requests(100, 0),
            rule: balancer["rule"].as_str().unwrap().to_owned(),
            groups: ["blue", "green", "other"].map(group),
            id: DeploymentId::generate(),
            read_lag: Duration::from_secs(15),
            clock: TokioClock::starting_at(sample::NOON + world.time()),
            world: Arc::new(world),
        }
    }

    async fn build(&self, tasks: [u32; 2]) {
        let ecs = &self.ecs;
        let port = PortMapping::builder().container_port(8080).build();
        let app = ContainerDefinition::builder().name("app").image(image("1")).essential(true).memory(256).port_mappings(port).build();
        ecs.create_cluster().cluster_name("main").send().await.unwrap();
        let definition = ecs.register_task_definition().family("shop").container_definitions(app).cpu("256").memory("512");
        definition.requires_compatibilities(Compatibility::Fargate).network_mode(NetworkMode::Awsvpc).send().await.unwrap();
        for ((name, group), count) in ["blue", "green"].into_iter().zip(&self.groups).zip(tasks) {
            let breaker = DeploymentCircuitBreaker::builder().enable(true).rollback(false).build();
            let configuration = DeploymentConfiguration::builder().deployment_circuit_breaker(breaker).build();
            let balancer = LoadBalancer::builder().target_group_arn(group.arn()).container_name("app").container_port(8080).build();
            let service = ecs.create_service().cluster("main").service_name(name).task_definition("shop:1").load_balancers(balancer);
            let count = i32::try_from(count).unwrap();
            service.desired_count(count).deployment_configuration(configuration).send().await.unwrap();
        }
    }

    pub(crate) fn router(&self) -> AlbRouter {
        self.router_by(&self.world.virtual_config())
    }

    pub(crate) fn router_by(&self, config: &SdkConfig) -> AlbRouter {
        let [blue, green, _] = self.groups.clone();
        AlbRouter::new(config, &self.rule, [blue, green]).unwrap().test_header("x-try", "next", 10).unwrap()
    }

    /// A target of a process of its own.
    pub(crate) fn target(&self) -> EcsBlueGreen {
        self.target_of(["blue", "green"], self.router()).consistent_after(self.read_lag).preview("http://shop.test", header())
    }

    /// One of these services behind this router, and nothing else said.
    pub(crate) fn target_of(&self, services: [&str; 2], router: AlbRouter) -> EcsBlueGreen {
        EcsBlueGreen::new(&self.world.virtual_config(), "main", services, router).unwrap()
    }

    pub(crate) fn plugins(&self) -> Plugins {
        self.plugins_of(Arc::new(self.target()))
    }

    pub(crate) fn plugins_of(&self, target: Arc<dyn Target>) -> Plugins {
        let rule = Threshold::error_rate(5.0).unwrap().min_samples(20);
        let watch = Watch::metrics(Arc::new(self.metrics.clone()), Query::default(), rule);
        Plugins::new().target("backend", target).unwrap().watch("errors", watch).unwrap()
    }

    pub(crate) fn plan(&self, version: &str, strategy: impl Strategy) -> Plan {
        self.plan_builder(version).deploy("backend", Capacity::of(TASKS), strategy).build(&self.plugins()).unwrap()
    }

    pub(crate) fn plan_builder(&self, version: &str) -> PlanBuilder {
        self.plan_builder_of(release(version))
    }

    pub(crate) fn plan_builder_of(&self, release: Release) -> PlanBuilder {
        Plan::builder(release, EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
    }

    /// A process of its own.
    pub(crate) fn orchestrator(&self) -> Orchestrator {
        self.orchestrator_of(Arc::clone(&self.journal), Arc::new(self.target()))
    }

    pub(crate) fn orchestrator_of(&self, journal: Arc<dyn Journal>, target: Arc<dyn Target>) -> Orchestrator {
        self.orchestrator_with(journal, self.plugins_of(target))
    }

    pub(crate) fn orchestrator_with(&self, journal: Arc<dyn Journal>, plugins: Plugins) -> Orchestrator {
        let options = Options { inbox_poll: Duration::from_secs(20), poll: Duration::from_secs(3), ..Options::default() };
        let builder = Orchestrator::builder(journal, plugins);
        builder.clock(Arc::new(self.clock)).options(options).build()
    }

    /// Deploys to its end.
    pub(crate) async fn deploy(&self, plan: &Plan) -> Outcome {
        let orchestrator = self.orchestrator();
        orchestrator.start_as(&self.id, plan).await.unwrap();
        self.drive(&orchestrator).await
    }

    pub(crate) async fn drive(&self, orchestrator: &Orchestrator) -> Outcome {
        match orchestrator.drive(&self.id, Until::End).await.unwrap() {
            Ended::Outcome(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn entries(&self) -> Vec<Entry> {
        self.journal.read(&self.id, 0).await.unwrap()
    }

    /// How images of a version behave.
    pub(crate) async fn behaves(&self, version: &str, how: Value) {
        let mut body = json!({"image": image(version)});
        body.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
        self.world.tell("ecs/image", &body).await;
    }

    /// Somebody else's UpdateService.
    pub(crate) async fn somebody(&self, service: &str, changes: Value) {
        let mut body = json!({"cluster": "main", "service": service});
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        self.world.tell("ecs/update", &body).await;
    }

    /// Somebody else's weights.
    pub(crate) async fn somebody_routes(&self, weights: [i32; 3]) {
        use aws_sdk_elasticloadbalancingv2::types::{Action, ActionTypeEnum, ForwardActionConfig, TargetGroupTuple};
        let tuple = |(group, weight): (&TargetGroup, i32)| TargetGroupTuple::builder().target_group_arn(group.arn()).weight(weight).build();
        let tuples = self.groups.iter().zip(weights).map(tuple).collect();
        let config = ForwardActionConfig::builder().set_target_groups(Some(tuples)).build();
        let action = Action::builder().r#type(ActionTypeEnum::Forward).forward_config(config).build();
        Balancers::new(&self.world.virtual_config()).modify_rule().rule_arn(&self.rule).actions(action).send().await.unwrap();
    }

    pub(crate) async fn service(&self, name: &str) -> Service {
        self.ecs.describe_services().cluster("main").services(name).send().await.unwrap().services.unwrap().remove(0)
    }

    /// Which task definition each service runs, and with how many tasks.
    pub(crate) async fn runs(&self) -> [(String, i32); 2] {
        let of = |service: Service| {
            let definition = service.task_definition().unwrap().rsplit('/').next().unwrap().to_owned();
            (definition, service.running_count())
        };
        [of(self.service("blue").await), of(self.service("green").await)]
    }

    pub(crate) async fn routes(&self) -> GroupRoutes {
        self.router().routes().await.unwrap()
    }

    /// How many task definitions there are.
    pub(crate) async fn definitions(&self) -> usize {
        goods::definitions(&self.ecs).await.len()
    }

    /// Looks for as long as it is let to: whoever has traffic must have tasks that can take it.
    pub(crate) async fn watch_capacity(&self, every: Duration) -> std::convert::Infallible {
        let router = self.router();
        loop {
            sleep(every).await;
            let mut lacking = Vec::new();
            for (group, share) in &router.routes().await.unwrap().split {
                let healthy = router.health(group).await.unwrap().healthy;
                if healthy < share.of_instances(TASKS) {
                    lacking.push(format!("{group} has {share} of traffic and {healthy} healthy tasks"));
                }
            }
            assert!(lacking.is_empty(), "{lacking:?}");
        }
    }

    /// Green serves the release, blue runs nothing.
    pub(crate) async fn assert_deployed(&self, what: &str) {
        assert_eq!(self.routes().await, GroupRoutes::all(&self.groups[1]), "{what}");
        assert_eq!(self.runs().await, [("shop:1".into(), 0), ("shop:2".into(), 2)], "{what}");
    }

    /// Blue serves what it has served, green runs nothing.
    pub(crate) async fn assert_rolled_back(&self, what: &str) {
        assert_eq!(self.routes().await, GroupRoutes::all(&self.groups[0]), "{what}");
        let [blue, (_, green)] = self.runs().await;
        assert_eq!((blue, green), (("shop:1".into(), 2), 0), "{what}");
    }
}
