//! A little traffic first, then more.

use std::time::Duration;

use super::{PlanContext, Strategy, StrategyPlan};
use crate::{
    error::{Error, Result},
    id::PluginName,
    plan::Role,
    share::{Percent, TestRule},
    target::{Capabilities, Capability},
};

/// Gives the candidate rising shares of traffic, and watches it at each.
///
/// Where the target can scale, the candidate grows with its share; the stable revision stays whole until the last bake has passed.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::strategy::{Canary, Strategy};
///
/// let canary = Canary::steps([10.0, 30.0, 50.0, 100.0])?.bake(Duration::from_secs(300)).watch("errors")?;
/// assert_eq!(canary.describe(), "canary 10 % → 30 % → 50 % → 100 %, 300 s each");
/// assert!(Canary::steps([30.0, 10.0, 100.0]).unwrap_err().to_string().contains("rise"));
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Canary {
    stages: Vec<Stage>,
    tests: Vec<TestRule>,
    watches: Vec<PluginName>,
    checks: Vec<PluginName>,
}

#[derive(Debug, Clone)]
struct Stage {
    share: Percent,
    bake: Duration,
    promotion: Promotion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promotion {
    Automatic,
    Manual,
}

impl Canary {
    /// A canary with these percentages, rising, the last one 100, and a bake of 5 minutes at each.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there is none, one is zero or over 100, they do not rise, or the last is not 100.
    pub fn steps(percentages: impl IntoIterator<Item = f64>) -> Result<Self> {
        let stage = |share| Stage { share, bake: Duration::from_secs(300), promotion: Promotion::Automatic };
        let stages = Percent::rising("canary.steps", percentages)?.into_iter().map(stage).collect();
        Ok(Self { stages, tests: Vec::new(), watches: Vec::new(), checks: Vec::new() })
    }

    /// How long every step bakes.
    #[must_use]
    pub fn bake(mut self, duration: Duration) -> Self {
        for stage in &mut self.stages {
            stage.bake = duration;
        }
        self
    }

    /// How long the step at this percentage bakes.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there is no such step.
    pub fn bake_at(mut self, percentage: f64, duration: Duration) -> Result<Self> {
        self.stage(percentage)?.bake = duration;
        Ok(self)
    }

    /// After the bake at this percentage, a person must promote.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there is no such step.
    pub fn promote_by_hand_at(mut self, percentage: f64) -> Result<Self> {
        self.stage(percentage)?.promotion = Promotion::Manual;
        Ok(self)
    }

    /// Watches every bake. One that compares with the stable revision is left out of the last, where that has no traffic.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if it is not a name.
    pub fn watch(mut self, name: &str) -> Result<Self> {
        self.watches.push(PluginName::new(name)?);
        Ok(self)
    }

    /// Routes these test requests to the candidate until it gets traffic. A dark launch: first whoever sends the header, such as tests and
    /// internal users, then the steps' shares, then everyone.
    #[must_use]
    pub fn test_route(mut self, rule: TestRule) -> Self {
        self.tests.push(rule);
        self
    }

    /// Must be content before the candidate gets traffic. The step's deadline leaves room for a look as long as the watch's timeout.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if it is not a name.
    pub fn check_first(mut self, name: &str) -> Result<Self> {
        self.checks.push(PluginName::new(name)?);
        Ok(self)
    }

    fn stage(&mut self, percentage: f64) -> Result<&mut Stage> {
        let share = Percent::new(percentage)?;
        let missing = || Error::invalid("canary.steps", format!("there is no step at {share}"));
        self.stages.iter_mut().find(|stage| stage.share == share).ok_or_else(missing)
    }
}

impl Strategy for Canary {
    fn describe(&self) -> String {
        let shares: Vec<_> = self.stages.iter().map(|stage| stage.share.to_string()).collect();
        let bakes: Vec<_> = self.stages.iter().map(|stage| stage.bake).collect();
        let bake = match bakes.first() {
            Some(first) if bakes.iter().all(|bake| bake == first) => format!("{} s each", first.as_secs_f64()),
            _ => format!("{} s", bakes.iter().map(|bake| bake.as_secs_f64().to_string()).collect::<Vec<_>>().join("/")),
        };
        format!("canary {}, {bake}", shares.join(" → "))
    }

    fn needs(&self, _can: &Capabilities) -> Capabilities {
        let split = if self.stages.len() > 1 { Capability::Split } else { Capability::Switch };
        Capabilities::of([Capability::Launch, split]).and(self.tests.iter().map(Capability::of_test))
    }

    fn plan(&self, context: &PlanContext) -> Result<StrategyPlan> {
        let grows = context.can.has(Capability::Scale);
        let desired = context.capacity.desired;
        let size = |share: Percent| if grows { share.of_instances(desired).max(1) } else { desired };
        let mut plan = StrategyPlan { finish: context.remove_stable(), ..StrategyPlan::default() };
        let mut instances = self.stages.first().map_or(desired, |stage| size(stage.share));
        plan.prepare.push(context.launch(instances));
        plan.prepare.extend(context.try_first(&self.tests, &self.checks));
        for stage in &self.stages {
            if size(stage.share) > instances {
                instances = size(stage.share);
                plan.shift.push(context.scale(Role::Candidate, instances));
            }
            plan.shift.push(context.route(stage.share));
            let name = (f64::from(stage.share.basis_points()) / 100.0).to_string();
            let watches = if stage.share == Percent::ALL { context.without_baseline(&self.watches) } else { self.watches.clone() };
            if stage.bake > Duration::ZERO {
                plan.shift.push(context.bake(&name, stage.bake, &watches));
            }
            if stage.promotion == Promotion::Manual {
                plan.shift.push(context.hold(&name));
            }
        }
        Ok(plan)
    }
}
