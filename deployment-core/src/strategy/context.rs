//! What a strategy is told, and the steps that it is made of.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    id::{PluginName, StepId, TargetName},
    plan::{Capacity, Role, Step, Work},
    share::{Percent, TestRule},
    target::Capabilities,
};

/// What a strategy is told about one target, with a constructor for each kind of step.
#[derive(Debug, Clone)]
pub struct PlanContext {
    /// The target.
    pub target: TargetName,
    /// How much of the service runs there.
    pub capacity: Capacity,
    /// What the target can do.
    pub can: Capabilities,
    /// The watches that can say something only while the stable revision has traffic.
    pub needing_baseline: BTreeSet<PluginName>,
}

impl PlanContext {
    /// A step on this target, named `target/name`, with the usual compensation and deadline for its work.
    #[must_use]
    pub fn step(&self, name: &str, work: Work) -> Step {
        Step::new(StepId::made(format!("{}/{name}", self.target)), work).on(self.target.clone())
    }

    /// Launches the candidate with `count` instances.
    #[must_use]
    pub fn launch(&self, count: u32) -> Step {
        self.step("launch", Work::Launch { role: Role::Candidate, count })
    }

    /// Sets the number of instances of a revision.
    #[must_use]
    pub fn scale(&self, role: Role, count: u32) -> Step {
        self.step(&format!("scale-{role}-{count}"), Work::Scale { role, count })
    }

    /// Routes `share` of traffic to the candidate, the rest to the stable revision.
    #[must_use]
    pub fn route(&self, share: Percent) -> Step {
        let name = format!("route-{}", f64::from(share.basis_points()) / 100.0);
        self.step(&name, Work::Route { to: Role::Candidate, share, tests: Vec::new() })
    }

    /// Routes test requests, and no others, to the candidate.
    #[must_use]
    pub fn route_tests(&self, tests: Vec<TestRule>) -> Step {
        self.step("route-tests", Work::Route { to: Role::Candidate, share: Percent::ZERO, tests })
    }

    /// What comes between the launch and traffic: test requests, and watches that must be content.
    pub(super) fn try_first(&self, tests: &[TestRule], checks: &[PluginName]) -> impl Iterator<Item = Step> + use<> {
        let route = (!tests.is_empty()).then(|| self.route_tests(tests.to_vec()));
        let check = (!checks.is_empty()).then(|| self.check(checks));
        route.into_iter().chain(check)
    }

    /// Examines the candidate once.
    #[must_use]
    pub fn check(&self, watches: &[PluginName]) -> Step {
        self.step("check", Work::Check { watches: watches.to_vec() })
    }

    /// Watches the candidate until `duration` is covered by observations, looking every tenth of it, at least every 10 s.
    #[must_use]
    pub fn bake(&self, name: &str, duration: Duration, watches: &[PluginName]) -> Step {
        let every = (duration / 10).clamp(Duration::from_millis(100), Duration::from_secs(10));
        self.step(&format!("bake-{name}"), Work::Bake { duration, every, watches: watches.to_vec() })
    }

    /// Those of `watches` that can still say something when the stable revision has no traffic.
    #[must_use]
    pub fn without_baseline(&self, watches: &[PluginName]) -> Vec<PluginName> {
        watches.iter().filter(|watch| !self.needing_baseline.contains(*watch)).cloned().collect()
    }

    /// Waits for a person's promotion.
    #[must_use]
    pub fn hold(&self, name: &str) -> Step {
        self.step(&format!("hold-{name}"), Work::Hold)
    }

    /// Confirms that the stable revision has drained, and removes it.
    #[must_use]
    pub fn remove_stable(&self) -> Vec<Step> {
        vec![self.step("drain-stable", Work::Drain { role: Role::Stable }), self.step("retire-stable", Work::Retire { role: Role::Stable })]
    }
}
