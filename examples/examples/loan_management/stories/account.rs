//! An account of the test cloud with all that the names name.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};
use aws_sdk_cloudwatch::types::{ComparisonOperator, StateValue, Statistic};
use aws_sdk_ecs::types::{
    Compatibility, ContainerDefinition, DeploymentCircuitBreaker, DeploymentConfiguration, LoadBalancer, NetworkMode, PortMapping,
};
use deployment_aws::rds::{DatabaseCheck, RestoredDatabase, check_fn};
use deployment_core::{Error, ErrorKind, Release, Timestamp, testkit::TokioClock, time::Clock as _};
use deployment_examples::{
    loan::{Names, Pipeline},
    setup::Problem,
};
use serde_json::{Value, json};

use super::Behaviour;
use crate::cloud::{DRIVER, World};

/// When the accounts of the test cloud begin.
const BEGINNING: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const FAMILY: &str = "loans";
const SUBNET: &str = "subnet-0123456789abcdef0";

/// Version 1 serves, from the first of two services.
#[derive(Debug)]
pub(crate) struct TestAccount {
    pub(crate) world: Arc<World>,
    pub(crate) clock: TokioClock,
    pub(crate) pipeline: Pipeline,
    /// How images behave that do not just work.
    pub(super) behaviours: BTreeMap<String, Behaviour>,
}

impl TestAccount {
    pub(crate) async fn open() -> Result<Self, Problem> {
        let world = Arc::new(World::new().await);
        let clock = TokioClock::starting_at(BEGINNING);
        let balancer = json!({ "name": "loans", "groups": ["loans-blue", "loans-green"], "weights": [100, 0] });
        let balancer = world.tell("load-balancer", &balancer).await;
        let names = Names::from_json(&names(&world, &balancer).to_string())?;
        let pipeline = Pipeline::new(names, world.driver_config()).clock(clock);
        let account = Self { world, clock, pipeline, behaviours: BTreeMap::new() };
        account.make_database().await;
        account.make_services().await?;
        account.make_alarms().await?;
        account.make_room().await;
        let all = json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
        account.world.tell("iam-driver", &json!({ "policies": { "administrator": all }, "heeded": false })).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok(account)
    }

    /// Images of this version behave so.
    pub(crate) fn behaves(&mut self, version: &str, behaviour: Behaviour) {
        self.behaviours.insert(image(version), behaviour);
    }

    /// Whoever deploys may do no more than this policy says.
    pub(super) async fn allow(&self, policy: &str) -> Result<(), Problem> {
        let policy: Value = serde_json::from_str(policy)?;
        self.world.tell("iam-driver", &json!({ "key": DRIVER, "policies": { "printed": policy } })).await;
        Ok(())
    }

    /// What whoever deploys was refused since the last call of this: action and resource.
    pub(crate) async fn refused(&self) -> Value {
        self.world.tell("iam-refused", &json!({})).await
    }

    /// What a command of the migrations does.
    pub(crate) async fn play(&self, how: Value) {
        self.world.tell("task-play", &how).await;
    }

    /// Its time, in seconds since its beginning.
    pub(super) fn seconds(&self) -> u64 {
        self.clock.now().since(BEGINNING).as_secs()
    }

    pub(crate) fn release(&self, version: &str) -> Release {
        Release::new(self.pipeline.names().service.clone(), version).artifact(image(version))
    }

    /// The test cloud's databases hold nothing that could be asked for: that the copy is there is all that can be checked.
    pub(crate) fn check(&self) -> impl DatabaseCheck + use<> {
        let world = Arc::clone(&self.world);
        check_fn("the copy is there", move |database: RestoredDatabase| {
            let world = Arc::clone(&world);
            async move {
                let state = world.tell("rds-state", &json!({})).await;
                match state["databases"][&database.identifier]["status"].as_str() {
                    Some("available") => Ok(()),
                    other => Err(Error::new(ErrorKind::Failed, "look for the copy", format!("it is {other:?}"))),
                }
            }
        })
    }

    /// A database, and the tasks that migrate it.
    async fn make_database(&self) {
        self.world.tell("rds-make", &json!({ "instance": "loans", "tags": { "team": "lending" } })).await;
        self.world.tell("task-make", &json!({ "environment": { "PGHOST": "loans.internal" } })).await;
        for phase in ["expand", "contract"] {
            self.play(json!({ "command": format!("migrate apply {phase}"), "adds": phase })).await;
            self.play(json!({ "command": format!("migrate revert {phase}"), "removes": phase })).await;
            self.play(json!({ "command": format!("migrate status {phase}"), "asks": phase, "takes": 5 })).await;
        }
    }

    /// Two services that are scaled automatically, each behind its target group.
    async fn make_services(&self) -> Result<(), Problem> {
        let (config, names) = (self.world.virtual_config(), self.pipeline.names());
        let (ecs, scaling) = (aws_sdk_ecs::Client::new(&config), aws_sdk_applicationautoscaling::Client::new(&config));
        let port = PortMapping::builder().container_port(8080).build();
        let app = ContainerDefinition::builder().name("app").image(image("1")).essential(true).memory(256).port_mappings(port).build();
        let definition = ecs.register_task_definition().family(FAMILY).container_definitions(app).cpu("256").memory("512");
        definition.requires_compatibilities(Compatibility::Fargate).network_mode(NetworkMode::Awsvpc).send().await?;
        for ((service, group), count) in names.services.iter().zip(&names.target_groups).zip([names.tasks, 0]) {
            let breaker = DeploymentCircuitBreaker::builder().enable(true).rollback(false).build();
            let configuration = DeploymentConfiguration::builder().deployment_circuit_breaker(breaker).build();
            let balancer = LoadBalancer::builder().target_group_arn(group).container_name("app").container_port(8080).build();
            let create = ecs.create_service().cluster(&names.cluster).service_name(service).task_definition(format!("{FAMILY}:1"));
            let create = create.load_balancers(balancer).desired_count(i32::try_from(count)?);
            create.deployment_configuration(configuration).send().await?;
            let scale = scaling.register_scalable_target().service_namespace(ServiceNamespace::Ecs);
            let scale = scale.resource_id(format!("service/{}/{service}", names.cluster)).min_capacity(0).max_capacity(12);
            scale.scalable_dimension(ScalableDimension::EcsServiceDesiredCount).send().await?;
        }
        Ok(())
    }

    /// A subnet with addresses to spare, and some of Fargate's quota.
    async fn make_room(&self) {
        self.world.tell("ec2/subnets", &json!({ "free": { SUBNET: 200 } })).await;
        self.world
            .tell("quota", &json!({ "code": "L-3032A538", "value": 100, "applied": true, "metric": true, "used": 1, "ago": 300 }))
            .await;
    }

    async fn make_alarms(&self) -> Result<(), Problem> {
        let names = &self.pipeline.names().alarms;
        for alarm in names.critical_path.iter().chain(&names.security) {
            let put = aws_sdk_cloudwatch::Client::new(&self.world.virtual_config()).put_metric_alarm().alarm_name(alarm);
            let put = put.namespace("Loans").metric_name("Findings").statistic(Statistic::Sum).period(60).evaluation_periods(1);
            put.threshold(0.0).comparison_operator(ComparisonOperator::GreaterThanThreshold).send().await?;
            set_alarm(&self.world, alarm, StateValue::Ok).await?;
        }
        Ok(())
    }
}

/// An alarm gets into a state.
pub(crate) async fn set_alarm(world: &World, name: &str, state: StateValue) -> Result<(), Problem> {
    let set = aws_sdk_cloudwatch::Client::new(&world.virtual_config()).set_alarm_state();
    set.alarm_name(name).state_value(state).state_reason("so it is played").send().await?;
    Ok(())
}

pub(crate) fn image(version: &str) -> String {
    format!("registry.example/loans@sha256:{}{version}", "0".repeat(64 - version.len()))
}

/// What a names file of this account says.
fn names(world: &World, balancer: &Value) -> Value {
    json!({
        "account": world.account(),
        "region": "eu-central-1",
        "environment": "production",
        "service": "loans",
        "cluster": "prod",
        "services": ["loans-blue", "loans-green"],
        "tasks": 4,
        "load_balancer": balancer["balancer"],
        "rule": balancer["rule"],
        "target_groups": [balancer["groups"]["loans-blue"], balancer["groups"]["loans-green"]],
        "database": "loans",
        "backup_check": ["played"],
        "migration": {
            "task_definition": "migrate",
            "container": "app",
            "subnets": [SUBNET],
            "security_groups": ["sg-0123456789abcdef0"],
        },
        "alarms": { "critical_path": ["loans-login-broken"], "security": ["loans-security-finding"] },
        "journal": "deployments",
    })
}
