//! A whole second environment, tested, then switched to.

use std::time::Duration;

use super::{PlanContext, Strategy, StrategyPlan};
use crate::{
    error::Result,
    id::PluginName,
    share::{Percent, TestRule},
    target::{Capabilities, Capability},
};

/// Launches the candidate whole, tests it before it has traffic, moves traffic at once or in steps, and keeps the old revision for
/// a grace period before removing it.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::strategy::{BlueGreen, Strategy};
///
/// let strategy = BlueGreen::new().grace(Duration::from_secs(600)).check_first("smoke")?;
/// assert_eq!(strategy.describe(), "blue/green, 100 % at once, 600 s of grace");
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BlueGreen {
    shares: Vec<Percent>,
    pause: Duration,
    grace: Duration,
    tests: Vec<TestRule>,
    checks: Vec<PluginName>,
    watches: Vec<PluginName>,
    promotion: bool,
}

impl Default for BlueGreen {
    fn default() -> Self {
        Self::new()
    }
}

impl BlueGreen {
    /// All traffic at once, 5 minutes of grace.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shares: vec![Percent::ALL],
            pause: Duration::ZERO,
            grace: Duration::from_secs(300),
            tests: Vec::new(),
            checks: Vec::new(),
            watches: Vec::new(),
            promotion: false,
        }
    }

    /// Moves traffic by these percentages, rising, the last one 100, watching for `pause` after each.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there is none, one is zero or over 100, they do not rise, or the last is not 100.
    pub fn shift_by(mut self, percentages: impl IntoIterator<Item = f64>, pause: Duration) -> Result<Self> {
        self.shares = Percent::rising("blue_green.shift_by", percentages)?;
        self.pause = pause;
        Ok(self)
    }

    /// How long the old revision is kept, whole, and the new one watched, before the old one is removed.
    #[must_use]
    pub fn grace(mut self, duration: Duration) -> Self {
        self.grace = duration;
        self
    }

    /// Routes these test requests to the candidate until it gets traffic.
    #[must_use]
    pub fn test_route(mut self, rule: TestRule) -> Self {
        self.tests.push(rule);
        self
    }

    /// Must be content before the candidate gets traffic.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if it is not a name.
    pub fn check_first(mut self, name: &str) -> Result<Self> {
        self.checks.push(PluginName::new(name)?);
        Ok(self)
    }

    /// Watches after each shift and through the grace period.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if it is not a name.
    pub fn watch(mut self, name: &str) -> Result<Self> {
        self.watches.push(PluginName::new(name)?);
        Ok(self)
    }

    /// A person must promote before traffic moves.
    #[must_use]
    pub fn promote_by_hand(mut self) -> Self {
        self.promotion = true;
        self
    }
}

impl Strategy for BlueGreen {
    fn describe(&self) -> String {
        let shift = match self.shares.as_slice() {
            [_] => "100 % at once".into(),
            shares => shares.iter().map(Percent::to_string).collect::<Vec<_>>().join(" → "),
        };
        format!("blue/green, {shift}, {} s of grace", self.grace.as_secs_f64())
    }

    fn needs(&self, _can: &Capabilities) -> Capabilities {
        let shift = if self.shares.len() > 1 { Capability::Split } else { Capability::Switch };
        Capabilities::of([Capability::Launch, shift]).and(self.tests.iter().map(Capability::of_test))
    }

    fn plan(&self, context: &PlanContext) -> Result<StrategyPlan> {
        let mut plan = StrategyPlan { finish: context.remove_stable(), ..StrategyPlan::default() };
        plan.prepare.push(context.launch(context.capacity.desired));
        plan.prepare.extend(context.try_first(&self.tests, &self.checks));
        if self.promotion {
            plan.prepare.push(context.hold("before-traffic"));
        }
        for share in &self.shares {
            plan.shift.push(context.route(*share));
            if *share != Percent::ALL && self.pause > Duration::ZERO {
                let name = (f64::from(share.basis_points()) / 100.0).to_string();
                plan.shift.push(context.bake(&name, self.pause, &self.watches));
            }
        }
        if self.grace > Duration::ZERO {
            plan.shift.push(context.bake("grace", self.grace, &context.without_baseline(&self.watches)));
        }
        Ok(plan)
    }
}
