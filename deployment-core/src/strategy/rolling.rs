//! Instance by instance.

use std::time::Duration;

use super::{PlanContext, Strategy, StrategyPlan};
use crate::{
    error::{Error, Result},
    id::PluginName,
    plan::{Role, Step, Work},
    share::Percent,
    target::{Capabilities, Capability},
};

/// Replaces instances in batches; no batch begins before the one before is healthy. The split follows the share of instances.
///
/// A batch adds up to `surge` new instances, moves their share of traffic, then removes as many old ones. With a surge of zero, old
/// instances go first, as many as the target's minimum allows. Where a target replaces instances by itself, and cannot do it this way
/// or [`platform_run`](Rolling::platform_run) asks for it, the platform runs the rollout and is watched.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::strategy::{Rolling, Strategy};
///
/// let rolling = Rolling::new().surge(2).batch_pause(Duration::from_secs(30));
/// assert_eq!(rolling.describe(), "rolling, surge 2, 30 s between batches");
/// ```
#[derive(Debug, Clone)]
pub struct Rolling {
    surge: u32,
    pause: Duration,
    bake: Duration,
    checks: Vec<PluginName>,
    watches: Vec<PluginName>,
    runner: Runner,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runner {
    Us,
    Platform,
}

impl Default for Rolling {
    fn default() -> Self {
        Self::new()
    }
}

impl Rolling {
    /// One instance at a time, no pause, no bake.
    #[must_use]
    pub fn new() -> Self {
        Self { surge: 1, pause: Duration::ZERO, bake: Duration::ZERO, checks: Vec::new(), watches: Vec::new(), runner: Runner::Us }
    }

    /// How many instances a batch adds before old ones go. Zero: old ones go first, down to the target's minimum.
    #[must_use]
    pub fn surge(mut self, instances: u32) -> Self {
        self.surge = instances;
        self
    }

    /// How long to wait between batches.
    #[must_use]
    pub fn batch_pause(mut self, duration: Duration) -> Self {
        self.pause = duration;
        self
    }

    /// How long to watch after each batch.
    #[must_use]
    pub fn bake(mut self, duration: Duration) -> Self {
        self.bake = duration;
        self
    }

    /// Must be content with the first batch before it gets traffic. Where the platform runs the rollout there is no such moment, and the
    /// plan is refused.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if it is not a name.
    pub fn check_first(mut self, name: &str) -> Result<Self> {
        self.checks.push(PluginName::new(name)?);
        Ok(self)
    }

    /// Watches every bake.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if it is not a name.
    pub fn watch(mut self, name: &str) -> Result<Self> {
        self.watches.push(PluginName::new(name)?);
        Ok(self)
    }

    /// Lets the platform run the rollout.
    ///
    /// The way back stops the rollout where the target has [`Capability::Stop`], and replaces what it has left by the stable release;
    /// elsewhere that second `replace` takes the place of the first. A first deployment goes back by routing traffic away where the target
    /// has [`Capability::Switch`], and by removing the candidate; a target that can do neither halts there.
    #[must_use]
    pub fn platform_run(mut self) -> Self {
        self.runner = Runner::Platform;
        self
    }

    fn runs_here(&self, can: &Capabilities) -> bool {
        let ours = Capabilities::of([Capability::Launch, Capability::Split, Capability::Scale]);
        self.runner == Runner::Us && (can.missing(&ours).is_empty() || !can.has(Capability::Replace))
    }

    fn batches(&self, context: &PlanContext) -> Result<Vec<Step>> {
        let desired = context.capacity.desired;
        let spare = desired.saturating_sub(context.capacity.minimum);
        let batch = if self.surge > 0 { self.surge } else { spare };
        if batch == 0 {
            return Err(Error::invalid(
                "rolling.surge",
                format!(
                    "is 0 and target {} needs all of its {desired} instances; give a surge of at least 1 or a lower minimum",
                    context.target
                ),
            ));
        }
        let (mut steps, mut done) = (Vec::new(), 0);
        while done < desired {
            let next = (done + batch).min(desired);
            if self.surge == 0 {
                steps.push(context.scale(Role::Stable, desired - next));
            }
            steps.push(if done == 0 { context.launch(next) } else { context.scale(Role::Candidate, next) });
            if done == 0 && !self.checks.is_empty() {
                steps.push(context.check(&self.checks));
            }
            steps.push(context.route(Percent::of(next, desired)));
            if self.surge > 0 && next < desired {
                steps.push(context.scale(Role::Stable, desired - next));
            }
            self.watch_batch(context, next, desired, &mut steps);
            done = next;
        }
        Ok(steps)
    }

    fn watch_batch(&self, context: &PlanContext, next: u32, desired: u32, steps: &mut Vec<Step>) {
        if self.bake > Duration::ZERO {
            let watches = if next == desired { context.without_baseline(&self.watches) } else { self.watches.clone() };
            steps.push(context.bake(&format!("{next}-of-{desired}"), self.bake, &watches));
        }
        if self.pause > Duration::ZERO && next < desired {
            steps.push(context.step(&format!("pause-{next}-of-{desired}"), Work::Pause { duration: self.pause }));
        }
    }
}

impl Strategy for Rolling {
    fn describe(&self) -> String {
        match self.runner {
            Runner::Us => format!("rolling, surge {}, {} s between batches", self.surge, self.pause.as_secs_f64()),
            Runner::Platform => "rolling, run by the platform".into(),
        }
    }

    fn needs(&self, can: &Capabilities) -> Capabilities {
        if self.runs_here(can) {
            Capabilities::of([Capability::Launch, Capability::Split, Capability::Scale])
        } else {
            // What the way back uses where it is there: see `platform_run`.
            let useful = [Capability::Stop, Capability::Switch].into_iter().filter(|capability| can.has(*capability));
            Capabilities::of([Capability::Replace]).and(useful)
        }
    }

    fn plan(&self, context: &PlanContext) -> Result<StrategyPlan> {
        if self.runs_here(&context.can) {
            return Ok(StrategyPlan { prepare: Vec::new(), shift: self.batches(context)?, finish: context.remove_stable() });
        }
        if !self.checks.is_empty() {
            let target = &context.target;
            let message = format!("target {target} replaces instances by itself, nothing comes before traffic; watch the bake instead");
            return Err(Error::invalid("rolling.check_first", message));
        }
        let count = context.capacity.desired;
        let mut shift = vec![context.step("replace", Work::Replace { role: Role::Candidate, count })];
        if self.bake > Duration::ZERO {
            shift.push(context.bake("replaced", self.bake, &context.without_baseline(&self.watches)));
        }
        Ok(StrategyPlan { prepare: Vec::new(), shift, finish: Vec::new() })
    }
}
