//! Automatic scaling stands still during a deployment: [`ScalingPaused`].

use std::fmt;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_applicationautoscaling::{
    Client,
    types::{ScalableDimension, ScalableTarget, ServiceNamespace, SuspendedState},
};
use deployment_core::{
    DeploymentContext, EffectContext, Error, ErrorKind, Result,
    action::{Action, ActionStatus},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::names::{checked, short};
use crate::{
    client::settled,
    error::{Call, Effect},
    preflight::{Findings, Needs, Precondition, there},
};

/// Suspends Application Auto Scaling of a service of ECS, and restores what it was.
///
/// As a step before the rollout, compensated by [`Finally`](deployment_core::plan::Compensation::Finally), it is restored on every way
/// out, success included, also by another process than the one that suspended it: what it was is in the journal.
/// Limits and policies are not touched. A service that is not scaled automatically is left alone.
///
/// What AWS needs of a role: `application-autoscaling:DescribeScalableTargets` and `RegisterScalableTarget`.
///
/// ```no_run
/// use deployment_aws::ecs::ScalingPaused;
/// use deployment_core::{Plugins, Result, plan::{Compensation, Step}};
///
/// fn step(config: &aws_config::SdkConfig) -> Result<(Plugins, Step)> {
///     let plugins = Plugins::new().action("scaling", ScalingPaused::new(config, "main", "shop")?)?;
///     // In the plan: `.before(step)`.
///     Ok((plugins, Step::action("pause-scaling", "scaling")?.compensated_by(Compensation::Finally)))
/// }
/// ```
#[derive(Clone)]
pub struct ScalingPaused {
    client: Client,
    resource: String,
}

/// How scaling was set up before: what the journal keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Before {
    minimum: i32,
    maximum: i32,
    scaling_in_suspended: bool,
    scaling_out_suspended: bool,
    schedules_suspended: bool,
}

impl ScalingPaused {
    /// That of a service in a cluster, each by name or ARN.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) naming the field and the fix.
    pub fn new(config: &SdkConfig, cluster: &str, service: &str) -> Result<Self> {
        let (cluster, service) = (checked("ecs.cluster", "cluster", cluster)?, checked("ecs.service", "service", service)?);
        let resource = format!("service/{}/{}", short(&cluster), short(&service));
        Ok(Self { client: Client::new(&settled(config)), resource })
    }

    /// How scaling is set up now; `None` if the service is not scaled automatically.
    async fn now(&self) -> Result<Option<ScalableTarget>> {
        const CALL: Call =
            Call { operation: "pause scaling", action: "application-autoscaling:DescribeScalableTargets", effect: Effect::Reads };
        let request = self.client.describe_scalable_targets().service_namespace(ServiceNamespace::Ecs).resource_ids(&self.resource);
        let answer = request.scalable_dimension(ScalableDimension::EcsServiceDesiredCount).send().await;
        let answer = answer.map_err(|error| CALL.failed(error).with("resource", &self.resource))?;
        Ok(answer.scalable_targets.unwrap_or_default().into_iter().next())
    }

    async fn set(&self, state: SuspendedState) -> Result<()> {
        const CALL: Call =
            Call { operation: "pause scaling", action: "application-autoscaling:RegisterScalableTarget", effect: Effect::Changes };
        let request = self.client.register_scalable_target().service_namespace(ServiceNamespace::Ecs).resource_id(&self.resource);
        let request = request.scalable_dimension(ScalableDimension::EcsServiceDesiredCount).suspended_state(state);
        request.send().await.map(drop).map_err(|error| CALL.failed(error).with("resource", &self.resource))
    }
}

impl Before {
    fn of(target: &ScalableTarget) -> Self {
        let state = target.suspended_state();
        let is = |switch: fn(&SuspendedState) -> Option<bool>| state.and_then(switch).unwrap_or(false);
        Self {
            minimum: target.min_capacity(),
            maximum: target.max_capacity(),
            scaling_in_suspended: is(SuspendedState::dynamic_scaling_in_suspended),
            scaling_out_suspended: is(SuspendedState::dynamic_scaling_out_suspended),
            schedules_suspended: is(SuspendedState::scheduled_scaling_suspended),
        }
    }

    fn read(before: &Value) -> Result<Option<Self>> {
        let wrong = |error| Error::new(ErrorKind::Corrupt, "pause scaling", "what was seen before cannot be read").because(error);
        Option::deserialize(before).map_err(wrong)
    }

    fn state(&self) -> SuspendedState {
        suspended(self.scaling_in_suspended, self.scaling_out_suspended, self.schedules_suspended)
    }

    fn is_suspended(&self) -> bool {
        self.scaling_in_suspended && self.scaling_out_suspended && self.schedules_suspended
    }
}

fn suspended(scaling_in: bool, scaling_out: bool, schedules: bool) -> SuspendedState {
    let state = SuspendedState::builder().dynamic_scaling_in_suspended(scaling_in).dynamic_scaling_out_suspended(scaling_out);
    state.scheduled_scaling_suspended(schedules).build()
}

impl fmt::Debug for ScalingPaused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScalingPaused").field(&self.resource).finish()
    }
}

#[async_trait]
impl Precondition for ScalingPaused {
    fn describe(&self) -> String {
        format!("automatic scaling of {}", self.resource)
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        let now = findings.found(self.now().await)?.flatten();
        if now.is_some_and(|now| Before::of(&now).is_suspended()) {
            findings.warn("It is suspended already, and will be left so; resume it if nobody means it.");
        }
        Ok(())
    }

    async fn needs(&self) -> Result<Needs> {
        let mut needs = Needs::new();
        needs.allow("application-autoscaling:DescribeScalableTargets", "*");
        // What is not scaled automatically is left alone.
        if let Some(target) = there(self.now().await)?.flatten() {
            needs.allow("application-autoscaling:RegisterScalableTarget", target.scalable_target_arn().unwrap_or("*"));
        }
        Ok(needs)
    }
}

#[async_trait]
impl Action for ScalingPaused {
    fn describe(&self) -> String {
        format!("pause automatic scaling of {}", self.resource)
    }

    async fn prepare(&self, _: &DeploymentContext) -> Result<Value> {
        let before = self.now().await?.as_ref().map(Before::of);
        serde_json::to_value(before).map_err(|error| Error::new(ErrorKind::Failed, "pause scaling", "it cannot be kept").because(error))
    }

    async fn apply(&self, _: &EffectContext, before: &Value) -> Result<()> {
        match Before::read(before)? {
            Some(_) => self.set(suspended(true, true, true)).await,
            None => Ok(()),
        }
    }

    async fn status(&self, _: &EffectContext, before: &Value) -> Result<ActionStatus> {
        if Before::read(before)?.is_none() {
            return Ok(ActionStatus::Done);
        }
        let paused = self.now().await?.as_ref().map(Before::of).is_some_and(|now| now.is_suspended());
        Ok(if paused { ActionStatus::Done } else { ActionStatus::NotDone })
    }

    async fn undo(&self, _: &EffectContext, before: &Value) -> Result<()> {
        let Some(before) = Before::read(before)? else { return Ok(()) };
        // Somebody has taken it away meanwhile: setting it would make it anew, without its limits.
        if self.now().await?.is_none() {
            return Ok(());
        }
        self.set(before.state()).await
    }
}
