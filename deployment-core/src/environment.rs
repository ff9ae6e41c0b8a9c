//! How one environment deploys: a [`Profile`].

use std::{sync::Arc, time::Duration};

use crate::{
    error::{Error, Result},
    id::{Actor, EnvironmentName, TargetName},
    notify::Severity,
    plan::{Capacity, GateAt, Plan, PlanBuilder, Policy, Terms},
    release::Release,
    runtime::Keep,
    strategy::Strategy,
};

/// What deployments to one environment have in common: strategy, capacity, gates, guards, policy, who is told what, usual duration, and how
/// long their journals are kept. A tool keeps one per environment, and makes every plan from it.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::{
///     Actor, EnvironmentName, Plugins, Release, ServiceName,
///     environment::Profile, gate::ApprovalGate, memory::MemoryTarget, notify::{self, Severity}, plan::Capacity, strategy::Canary,
/// };
///
/// let production = Profile::new(EnvironmentName::new("production")?, Canary::steps([10.0, 50.0, 100.0])?, Capacity::of(6))
///     .gate("release-manager")
///     .expected_duration(Duration::from_secs(45 * 60))
///     .notify("operations", Severity::Info)
///     .notify("on-call", Severity::Critical)
///     .require_digest();
/// let plugins = Plugins::new()
///     .target("backend", MemoryTarget::builder().build())?
///     .gate("release-manager", ApprovalGate::by(1))?
///     .notifier("operations", notify::from_fn("the channel of operations", |_event| async { Ok(()) }))?
///     .notifier("on-call", notify::from_fn("whoever is on call", |_event| async { Ok(()) }))?;
/// let release = Release::new(ServiceName::new("shop")?, "2.0").artifact(format!("shop@sha256:{}", "0".repeat(64)));
/// let plan = production.plan(release, Actor::new("ada")?, ["backend"]).build(&plugins)?;
/// assert_eq!(plan.targets[0].capacity.desired, 6);
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Profile {
    name: EnvironmentName,
    strategy: Arc<dyn Strategy>,
    capacity: Capacity,
    terms: Terms,
    /// In the place of the gates of `terms`.
    rollback_gates: Vec<String>,
    keep: Keep,
}

impl Profile {
    /// An environment with this strategy and capacity, no gates, the default policy, and journals kept for 90 days, at least the newest 20.
    #[must_use]
    pub fn new(name: EnvironmentName, strategy: impl Strategy, capacity: Capacity) -> Self {
        Self {
            name,
            strategy: Arc::new(strategy),
            capacity,
            terms: Terms::default(),
            rollback_gates: Vec::new(),
            keep: Keep { newest: 20, younger_than: Duration::from_secs(90 * 86_400) },
        }
    }

    /// A gate before the first step.
    #[must_use]
    pub fn gate(mut self, gate: &str) -> Self {
        self.terms.gate(GateAt::Start, gate);
        self
    }

    /// A gate before the first production traffic.
    #[must_use]
    pub fn gate_traffic(mut self, gate: &str) -> Self {
        self.terms.gate(GateAt::Traffic, gate);
        self
    }

    /// A gate before the first production traffic when a person takes back a release that had succeeded. It stands in the place of all others,
    /// which are there to keep new releases out.
    #[must_use]
    pub fn gate_rollback(mut self, gate: &str) -> Self {
        self.rollback_gates.push(gate.to_owned());
        self
    }

    /// A watch that runs through every wait from the first to the last traffic step.
    #[must_use]
    pub fn guard(mut self, watch: &str) -> Self {
        self.terms.guard(watch);
        self
    }

    /// Tells a notifier the events of this severity and above, and those that are not named nothing. An environment that names none tells
    /// every notifier everything.
    #[must_use]
    pub fn notify(mut self, notifier: &str, from: Severity) -> Self {
        self.terms.notify(notifier, from);
        self
    }

    /// What is done when things go otherwise. Set it before the expected duration, which is part of it.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.terms.policy = policy;
        self
    }

    /// How long a deployment usually takes here; an overrun is told, and decides nothing.
    #[must_use]
    pub fn expected_duration(mut self, duration: Duration) -> Self {
        self.terms.policy.expected_duration = Some(duration);
        self
    }

    /// Which journals [`Orchestrator::prune`](crate::Orchestrator::prune) keeps.
    #[must_use]
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }

    /// Refuses a release without a digest.
    #[must_use]
    pub fn require_digest(mut self) -> Self {
        self.terms.require_digest();
        self
    }

    /// The environment.
    #[must_use]
    pub fn name(&self) -> &EnvironmentName {
        &self.name
    }

    /// How long journals are kept.
    #[must_use]
    pub fn retention(&self) -> Keep {
        self.keep
    }

    /// Begins a plan that deploys `release` to these targets the way this environment does.
    #[must_use]
    pub fn plan<'a>(&self, release: Release, author: Actor, targets: impl IntoIterator<Item = &'a str>) -> PlanBuilder {
        let plan = Plan::builder(release, self.name.clone(), author).on(self.terms.clone());
        targets.into_iter().fold(plan, |plan, target| plan.deploy_with(target, self.capacity, Arc::clone(&self.strategy)))
    }

    /// Begins a plan that takes each of these targets back to a release that served there before: a new deployment with the gates for
    /// rollbacks. [`History::way_back`](crate::release::History::way_back) knows which release that may be, target by target.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there is no target.
    pub fn plan_rollback(&self, back: impl IntoIterator<Item = (TargetName, Release)>, author: Actor) -> Result<PlanBuilder> {
        let mut back = back.into_iter().peekable();
        let none = || Error::invalid("rollback.targets", "there is none; name at least one, with the release to go back to");
        let (_, first) = back.peek().ok_or_else(none)?;
        let plan = Plan::builder(first.clone(), self.name.clone(), author).on(self.terms.gated_only_by(&self.rollback_gates));
        Ok(back.fold(plan, |plan, (target, release)| plan.add(target.as_str(), self.capacity, Some(release), Arc::clone(&self.strategy))))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Profile;
    use crate::{
        Actor, EnvironmentName, Plan, Plugins, Release, Result, ServiceName, TargetName, gate::ApprovalGate, memory::MemoryTarget,
        plan::Capacity, strategy::BlueGreen,
    };

    #[test]
    fn a_rollback_passes_the_gates_for_rollbacks_and_no_others() -> Result<()> {
        let mut plugins = Plugins::new().target("backend", MemoryTarget::builder().build())?;
        for gate in ["calendar", "release-manager", "on-call"] {
            plugins = plugins.gate(gate, ApprovalGate::by(1))?;
        }
        let strategy = BlueGreen::new().grace(Duration::ZERO);
        let profile = Profile::new(EnvironmentName::new("production")?, strategy, Capacity::of(2))
            .gate("calendar")
            .gate_traffic("release-manager")
            .gate_rollback("on-call");
        let release = || Ok::<_, crate::Error>(Release::new(ServiceName::new("shop")?, "1"));
        let gates = |plan: Plan| -> Vec<_> { plan.steps.iter().flat_map(|step| step.gates.clone()).map(|gate| gate.to_string()).collect() };
        let ahead = profile.plan(release()?, Actor::new("ada")?, ["backend"]).build(&plugins)?;
        let back = profile.plan_rollback([(TargetName::new("backend")?, release()?)], Actor::new("ada")?)?.build(&plugins)?;
        assert_eq!(gates(ahead), ["calendar", "release-manager"]);
        assert_eq!(gates(back), ["on-call"]);
        assert!(profile.plan_rollback([], Actor::new("ada")?).is_err());
        Ok(())
    }
}
