//! A service of two tasks in an account of its own, and a deployment of it by a tool.

use std::{path::Path, process::Stdio, time::Duration};

use aws_sdk_ecs::{
    Client,
    types::{Compatibility, ContainerDefinition, DeploymentCircuitBreaker, DeploymentConfiguration, LaunchType, NetworkMode},
};
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;

use crate::{
    Failure,
    cloud::{Programs, World},
};

const CLUSTER: &str = "production";
const SERVICE: &str = "shop";
const CONTAINER: &str = "web";
const OLD: &str = "shop@sha256:0000000000000000000000000000000000000000000000000000000000000001";
const NEW: &str = "shop@sha256:0000000000000000000000000000000000000000000000000000000000000002";

/// What a deployment took, and how it ended.
#[derive(Debug, Deserialize)]
pub(crate) struct Measured {
    pub(crate) seconds: f64,
    /// Peak resident memory.
    pub(crate) mib: f64,
    /// The exit code.
    pub(crate) code: i32,
    /// The end of what was printed.
    pub(crate) told: String,
    #[serde(default)]
    pub(crate) calls: usize,
    /// `old` or `new`: the image that the service's primary deployment is of.
    #[serde(default)]
    pub(crate) serves: String,
}

pub(crate) struct Scene {
    world: World,
    ecs: Client,
}

impl Scene {
    /// The old image runs in two tasks; the new one runs too, or crashes at its start.
    pub(crate) async fn new(crashes: bool) -> Result<Self, Failure> {
        let world = World::new().await;
        let ecs = Client::new(&world.config());
        if crashes {
            world.tell("ecs/image", &json!({"image": NEW, "crashes_at_start": true})).await;
        }
        ecs.create_cluster().cluster_name(CLUSTER).send().await?;
        let container = ContainerDefinition::builder().name(CONTAINER).image(OLD).essential(true).build();
        let definition = ecs.register_task_definition().family(SERVICE).container_definitions(container);
        let definition = definition.network_mode(NetworkMode::Awsvpc).requires_compatibilities(Compatibility::Fargate);
        definition.cpu("256").memory("512").send().await?;
        let breaker = DeploymentCircuitBreaker::builder().enable(true).rollback(true).build();
        let configuration = DeploymentConfiguration::builder().deployment_circuit_breaker(breaker);
        let configuration = configuration.minimum_healthy_percent(100).maximum_percent(200).build();
        let service = ecs.create_service().cluster(CLUSTER).service_name(SERVICE).task_definition(SERVICE).desired_count(2);
        service.launch_type(LaunchType::Fargate).deployment_configuration(configuration).send().await?;
        world.advance(Duration::from_secs(600));
        // A service that was deployed before.
        ecs.update_service().cluster(CLUSTER).service(SERVICE).force_new_deployment(true).send().await?;
        world.advance(Duration::from_secs(600));
        world.tell("clock/follow", &json!({"pace": 1})).await;
        Ok(Self { world, ecs })
    }

    /// `bin`: where the tools are.
    pub(crate) async fn deploy(self, tool: &str, bin: &Path) -> Result<Measured, Failure> {
        let own = std::env::current_exe()?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/measure.py");
        self.world.proxy().clear();
        let mut command = Command::new(&Programs::get().python);
        command.arg(script).arg(tool).arg(if tool == "ours" { &own } else { bin }).args([CLUSTER, SERVICE, CONTAINER, NEW]);
        let settings = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "not-a-secret"), ("AWS_REGION", "eu-central-1")];
        command.envs(settings).envs([("AWS_DEFAULT_REGION", "eu-central-1"), ("AWS_PAGER", "")]);
        command.env("AWS_ENDPOINT_URL", self.world.config().endpoint_url().unwrap_or_default());
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
        let told = String::from_utf8_lossy(&output.stdout);
        let measured: Measured = serde_json::from_str(&told)
            .map_err(|error| format!("{tool} was not measured: {error}: {told}{}", String::from_utf8_lossy(&output.stderr)))?;
        let calls = self.world.proxy().calls().len();
        Ok(Measured { calls, serves: self.serves().await?, ..measured })
    }

    async fn serves(&self) -> Result<String, Failure> {
        let services = self.ecs.describe_services().cluster(CLUSTER).services(SERVICE).send().await?.services.unwrap_or_default();
        let deployments = services.first().map(|service| service.deployments()).unwrap_or_default();
        let primary = deployments.iter().find(|each| each.status() == Some("PRIMARY")).ok_or("no primary deployment")?;
        let definition = self.ecs.describe_task_definition().task_definition(primary.task_definition().unwrap_or_default()).send().await?;
        let definition = definition.task_definition.ok_or("no task definition")?;
        let image = definition.container_definitions().first().and_then(|container| container.image()).unwrap_or_default().to_owned();
        Ok(if image == NEW { "new".to_owned() } else { "old".to_owned() })
    }
}
