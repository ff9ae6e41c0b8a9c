//! Who sends requests, and what the load balancer tells CloudWatch of them.

use std::{convert::Infallible, time::Duration};

use aws_sdk_ecs::Client;
use deployment_core::Percent;
use deployment_examples::setup::Problem;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::TestAccount;

const MINUTE: u64 = 60;
/// How often it is looked at who has traffic.
const LOOK: u64 = 20;
/// Requests per second, of all revisions together.
const RATE: u64 = 40;
/// How long after a minute its data is there.
const LATE: u64 = 60;

/// How an image answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behaviour {
    /// In percent of the requests.
    pub(crate) errors: u64,
    /// Seconds of 90 % of the requests, and of the others.
    pub(crate) times: [f64; 2],
}

impl Behaviour {
    pub(crate) const USUAL: Self = Self { errors: 0, times: [0.05, 0.3] };
}

/// What a target group got in a minute.
#[derive(Debug, Clone, Copy, Default)]
struct Minute {
    requests: u64,
    errors: u64,
    slow: u64,
    /// Seconds.
    times: [f64; 2],
}

impl TestAccount {
    /// Sends requests for as long as it is let to: shares are those of the load balancer's rule, answers those of the images behind it.
    pub(crate) async fn traffic(&self) -> Problem {
        match self.send().await {
            Ok(never) => match never {},
            Err(problem) => problem,
        }
    }

    async fn send(&self) -> Result<Infallible, Problem> {
        let mut next = Instant::now();
        loop {
            let mut minute = [Minute::default(); 2];
            // Minutes are CloudWatch's, by the account's time.
            let begin = self.seconds() / MINUTE * MINUTE;
            for _ in 0..MINUTE / LOOK {
                self.serve(&mut minute).await?;
                next += Duration::from_secs(LOOK);
                sleep_until(next).await;
            }
            self.publish(begin, &minute).await?;
        }
    }

    /// Some seconds of it.
    async fn serve(&self, minute: &mut [Minute; 2]) -> Result<(), Problem> {
        let (names, routes) = (self.pipeline.names(), self.pipeline.router()?.routes().await?);
        for ((service, group), minute) in names.services.iter().zip(names.groups()?).zip(minute) {
            let share = routes.share(&group);
            if share == Percent::ZERO {
                continue;
            }
            let behaviour = self.behaviour(service).await?;
            let requests = RATE * LOOK * u64::from(share.basis_points()) / 10_000;
            minute.requests += requests;
            minute.errors += requests * behaviour.errors / 100;
            minute.slow += requests / 10;
            minute.times = behaviour.times;
        }
        Ok(())
    }

    /// How what a service runs behaves.
    async fn behaviour(&self, service: &str) -> Result<Behaviour, Problem> {
        let image = self.image_of(&Client::new(&self.world.virtual_config()), service).await?;
        Ok(self.behaviours.get(&image).copied().unwrap_or(Behaviour::USUAL))
    }

    async fn image_of(&self, ecs: &Client, service: &str) -> Result<String, Problem> {
        let services = ecs.describe_services().cluster(&self.pipeline.names().cluster).services(service).send().await?;
        let definition = services.services().first().and_then(|service| service.task_definition()).ok_or("the service is gone")?;
        let definition = ecs.describe_task_definition().task_definition(definition).send().await?;
        let containers = definition.task_definition().map(|definition| definition.container_definitions()).unwrap_or_default();
        Ok(containers.first().and_then(|container| container.image()).ok_or("it has no image")?.to_owned())
    }

    async fn publish(&self, begin: u64, minute: &[Minute; 2]) -> Result<(), Problem> {
        let mut data = Vec::new();
        for ((_, group), minute) in self.pipeline.names().dimensions()?.iter().zip(minute) {
            let dimensions = json!({ "LoadBalancer": group.load_balancer(), "TargetGroup": group.target_group() });
            data.extend(published(minute).into_iter().map(|(name, values)| {
                let (namespace, appears) = ("AWS/ApplicationELB", begin + MINUTE + LATE);
                json!({ "namespace": namespace, "name": name, "dimensions": dimensions, "at": begin, "appears": appears, "values": values })
            }));
        }
        self.world.tell("metrics", &json!({ "data": data })).await;
        Ok(())
    }
}

/// The metrics of a target group, by values and how often each was seen. What is zero is not published, but for the healthy targets.
fn published(minute: &Minute) -> Vec<(&'static str, Vec<(f64, u64)>)> {
    let ones = |count: u64| vec![(1.0, count)];
    let [usual, slow] = minute.times;
    let mut metrics = vec![("HealthyHostCount", ones(1))];
    if minute.requests > 0 {
        metrics.push(("RequestCount", ones(minute.requests)));
        metrics.push(("TargetResponseTime", vec![(usual, minute.requests - minute.slow), (slow, minute.slow)]));
    }
    if minute.errors > 0 {
        metrics.push(("HTTPCode_Target_5XX_Count", ones(minute.errors)));
    }
    metrics
}
