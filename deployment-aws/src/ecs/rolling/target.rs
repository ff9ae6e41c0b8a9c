//! A service of ECS as a target.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_ecs::operation::update_service::builders::UpdateServiceInputBuilder;
use deployment_core::{
    EffectContext, Error, ErrorKind, Release, Result, RevisionId, Token,
    target::{Capabilities, Capability, RolloutState, Target, TargetView},
    time::Clock,
};

use super::{
    super::{
        api::Api,
        count,
        names::short,
        task_definition::{Changes, Difference},
    },
    builder::EcsRollingBuilder,
    memory::{LATE, Memory},
    settings::Settings,
};

/// For how long a read of ECS may show what was before a write. AWS says that reads are eventually consistent, and no number.
const CONSISTENT_AFTER: Duration = Duration::from_secs(10);

/// A service of ECS whose tasks ECS itself replaces, in a rolling update.
///
/// - A deployment registers one task definition: that which runs with what the release declares, tagged with the deployment and the
///   effect's token. It is found again by these tags, also after a crash; a lost answer makes no second one.
/// - Success is claimed only for the deployment that was started here: if ECS goes back by itself, that is told as
///   [`RolledBack`](RolloutState::RolledBack), whatever the service looks like afterwards.
/// - The way back takes the task definition that ran before, not a copy.
/// - ECS is asked as seldom as is good enough: a rollout is looked at every 15 s, a long one every 30 s.
///
/// What ECS needs of a role: `ecs:DescribeServices`, `DescribeTaskDefinition`, `ListTaskDefinitions`, `RegisterTaskDefinition`,
/// `TagResource`, `UpdateService`, `ListServiceDeployments`, `DescribeServiceDeployments`, `DescribeServiceRevisions`,
/// `StopServiceDeployment` (where it [stops first](EcsRollingBuilder::stops_first)), and `iam:PassRole` for the roles in the task
/// definition.
///
/// ```no_run
/// use deployment_aws::ecs::EcsRolling;
/// use deployment_core::{
///     Actor, EnvironmentName, Percent, Plan, Plugins, Release, Result, ServiceName, plan::Capacity, strategy::Rolling,
/// };
///
/// async fn plan(digest: &str) -> Result<Plan> {
///     let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
///     let shop = EcsRolling::builder(&config).cluster("main").service("shop").container("app");
///     let plugins = Plugins::new().target("backend", shop.minimum_healthy(Percent::ALL).build()?)?;
///     let release = Release::new(ServiceName::new("shop")?, "2.1.0").artifact(digest).setting("env.LOG", "info");
///     Plan::builder(release, EnvironmentName::new("production")?, Actor::new("ada")?)
///         .deploy("backend", Capacity::of(4), Rolling::new())
///         .build(&plugins)
/// }
/// ```
#[derive(Clone)]
pub struct EcsRolling(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) api: Api,
    pub(super) container: String,
    pub(super) settings: Settings,
    pub(super) stop: Stop,
    pub(super) count: Count,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) memory: Memory,
}

/// What becomes of a rollout that is under way when things go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The way back takes its place.
    Superseded,
    /// It is stopped first.
    Declared,
}

/// What a plan's number of tasks means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    Exactly,
    AtLeast,
}

impl EcsRolling {
    /// Puts one together.
    #[must_use]
    pub fn builder(config: &SdkConfig) -> EcsRollingBuilder {
        EcsRollingBuilder::new(config)
    }

    /// What a release would change in the task definition that runs now. Changes nothing.
    ///
    /// # Errors
    /// As for [`observe`](Target::observe), and [`InvalidInput`](ErrorKind::InvalidInput) if the release cannot be deployed here.
    pub async fn difference(&self, release: &Release) -> Result<Difference> {
        let seen = Box::pin(self.0.look()).await?;
        let (_, current) = seen.primary().ok_or_else(nothing_deployed)?;
        let mut next = current.definition.clone();
        if !current.runs(release) {
            Changes::of(release)?.make(&mut next, &self.0.container)?;
        }
        Ok(Difference::between(&current.definition, &next))
    }

    /// Raises the number of tasks at once, outside of any deployment: for an emergency. Says how many there were.
    ///
    /// It does not lower a number that it has read. ECS takes absolute ones only: what automatic scaling raises between that reading and the
    /// change, a moment, is set again by its next look. A deployment that is under way goes on with more tasks.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if `to` is more than `at_most`; as for [`observe`](Target::observe); in doubt if the
    /// answer was lost: call it again.
    pub async fn scale_up(&self, to: u32, at_most: u32) -> Result<u32> {
        let wanted = count::within(to, at_most)?;
        let now = Box::pin(self.0.look()).await?.service.desired_count();
        if wanted > now {
            self.0.memory.kept().forget();
            Box::pin(self.0.api.update(UpdateServiceInputBuilder::default().desired_count(wanted))).await?;
        }
        Ok(u32::try_from(now).unwrap_or(0))
    }
}

pub(super) fn nothing_deployed() -> Error {
    Error::new(ErrorKind::Failed, "observe", "ECS shows no deployment of the service; deploy it once by whatever made it")
}

impl fmt::Debug for EcsRolling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EcsRolling").field(&self.describe()).finish()
    }
}

#[async_trait]
impl Target for EcsRolling {
    fn describe(&self) -> String {
        let Inner { api, container, settings, .. } = &*self.0;
        let more = if self.0.count == Count::AtLeast { ", scaled by others" } else { "" };
        format!("ECS service {} in cluster {}, container {container}{settings}{more}", short(&api.service), short(&api.cluster))
    }

    fn capabilities(&self) -> Capabilities {
        let stop = (self.0.stop == Stop::Declared).then_some(Capability::Stop);
        Capabilities::of([Capability::Replace]).and(stop)
    }

    fn read_lag(&self) -> Duration {
        LATE + CONSISTENT_AFTER
    }

    async fn observe(&self) -> Result<TargetView> {
        let fresh = self.0.memory.kept().fresh(self.0.clock.now());
        match fresh {
            Some(seen) => Ok(seen.view()),
            None => self.0.look().await.map(|seen| seen.view()),
        }
    }

    async fn changes(&self, release: &Release) -> Result<Vec<String>> {
        let seen = Box::pin(self.0.look()).await?;
        if seen.primary().is_some_and(|(_, current)| current.runs(release)) {
            return Ok(Vec::new());
        }
        Ok(Box::pin(self.difference(release)).await?.lines())
    }

    async fn launch(&self, _: &EffectContext, _: &Release, _: u32) -> Result<RevisionId> {
        let message = "ECS replaces the tasks of a service, it runs no second revision beside them; use the strategy Rolling";
        Err(Error::new(ErrorKind::Unsupported, "launch", message))
    }

    async fn replace(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        self.0.replace(context, release, count).await
    }

    /// ECS removes what it has replaced by itself.
    async fn retire(&self, _: &EffectContext, revision: &RevisionId) -> Result<()> {
        let view = self.0.look().await?.view();
        let share = view.routes.split.share(revision);
        if share.basis_points() > 0 {
            let message = format!("{revision} has {share} of the tasks that serve; replace it first");
            return Err(Error::new(ErrorKind::Conflict, "retire", message));
        }
        Ok(())
    }

    async fn stop(&self, _: &EffectContext, rollout: &Token) -> Result<()> {
        if self.0.stop == Stop::Superseded {
            let message = "a rollout is superseded by the way back here; build the target with stops_first to stop it";
            return Err(Error::new(ErrorKind::Unsupported, "stop", message));
        }
        let seen = self.0.look().await?;
        let shown = seen.view().rollout.filter(|shown| shown.token.as_ref() == Some(rollout));
        let shown = shown.ok_or_else(|| Error::new(ErrorKind::NotFound, "stop", format!("ECS shows no rollout of {rollout}")))?;
        if shown.state != RolloutState::InProgress || seen.went_back.is_some() {
            return Ok(());
        }
        self.0.stop_current(&seen).await
    }
}
