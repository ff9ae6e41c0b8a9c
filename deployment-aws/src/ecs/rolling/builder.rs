//! Putting an [`EcsRolling`] together.

use std::sync::Arc;

use aws_config::SdkConfig;
use deployment_core::{
    Error, Percent, Result,
    time::{Clock, SystemClock},
};

use super::{
    super::{api::Api, names::checked},
    memory::Memory,
    settings::{Breaker, Settings},
    target::{Count, EcsRolling, Inner, Stop},
};
use crate::client::settled;

/// Tells which service an [`EcsRolling`] deploys, and how.
///
/// Cluster, service and container must be named. What else is not said stays as the service has it, but for the circuit breaker, which is
/// turned on and goes back.
#[derive(Debug, Clone)]
pub struct EcsRollingBuilder {
    config: SdkConfig,
    cluster: String,
    service: String,
    container: String,
    settings: Settings,
    stop: Stop,
    count: Count,
    clock: Arc<dyn Clock>,
}

impl EcsRollingBuilder {
    pub(super) fn new(config: &SdkConfig) -> Self {
        Self {
            config: config.clone(),
            cluster: String::new(),
            service: String::new(),
            container: String::new(),
            settings: Settings::default(),
            stop: Stop::Superseded,
            count: Count::Exactly,
            clock: Arc::new(SystemClock),
        }
    }

    /// The cluster, by name or ARN.
    #[must_use]
    pub fn cluster(mut self, cluster: impl Into<String>) -> Self {
        self.cluster = cluster.into();
        self
    }

    /// The service, by name or ARN.
    #[must_use]
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = service.into();
        self
    }

    /// The container that a release's artifact is the image of, as the task definition names it.
    #[must_use]
    pub fn container(mut self, container: impl Into<String>) -> Self {
        self.container = container.into();
        self
    }

    /// How many of the desired tasks stay healthy during a rollout, in whole percent, which ECS rounds up to tasks.
    #[must_use]
    pub fn minimum_healthy(mut self, percent: Percent) -> Self {
        self.settings.minimum_healthy = Some(percent);
        self
    }

    /// How many tasks more than desired may run during a rollout, in whole percent, which ECS rounds down to tasks.
    #[must_use]
    pub fn surge(mut self, percent: Percent) -> Self {
        self.settings.surge = Some(percent);
        self
    }

    /// What ECS does when tasks do not start: [`Breaker::GoesBack`], unless told otherwise.
    #[must_use]
    pub fn breaker(mut self, breaker: Breaker) -> Self {
        self.settings.breaker = breaker;
        self
    }

    /// An alarm of CloudWatch that fails a rollout when it fires; ECS goes back then, unless the breaker [`Stops`](Breaker::Stops).
    ///
    /// ECS does not look at alarms that fire already when a rollout begins: put a gate before it. If it happens all the same, the rollout
    /// says so.
    #[must_use]
    pub fn alarm(mut self, name: impl Into<String>) -> Self {
        self.settings.alarms.push(name.into());
        self
    }

    /// Goes back by `StopServiceDeployment` first, so that AWS's own history says that the deployment was stopped.
    ///
    /// Without it the way back supersedes a rollout that is under way, which takes one call less.
    #[must_use]
    pub fn stops_first(mut self) -> Self {
        self.stop = Stop::Declared;
        self
    }

    /// Somebody else sets the number of tasks, as auto scaling does: the plan's number is the least, and more stay.
    ///
    /// Without it a deployment sets the number that its plan says.
    #[must_use]
    pub fn scaled_by_others(mut self) -> Self {
        self.count = Count::AtLeast;
        self
    }

    /// Another clock, for tests: it tells how old a look is.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The target.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) naming the field and the fix. What AWS has is not asked for here.
    pub fn build(self) -> Result<EcsRolling> {
        let cluster = checked("ecs.cluster", "cluster", &self.cluster)?;
        let service = checked("ecs.service", "service", &self.service)?;
        if self.container.is_empty() {
            return Err(Error::invalid("ecs.container", "is empty; name the container that the release's image is for"));
        }
        self.settings.check()?;
        let client = aws_sdk_ecs::Client::new(&settled(&self.config));
        Ok(EcsRolling(Arc::new(Inner {
            api: Api { client, cluster, service },
            container: self.container,
            settings: self.settings,
            stop: self.stop,
            count: self.count,
            clock: self.clock,
            memory: Memory::default(),
        })))
    }
}
