//! How long a plan may take: the sum of what its steps and its policy declare.

use std::{collections::BTreeSet, time::Duration};

use super::{Compensation, Inconclusive, Plan, Role, SickStable, Step, WayBack, Work};
use crate::{
    id::{StepId, TargetName},
    share::Percent,
};

/// How long every target may take to be observed, when a driver takes over and before a way back.
const SURVEY: Duration = Duration::from_secs(300);
/// How long a call to a target that is open at its step's deadline is waited for: the default of
/// [`Options::call_timeout`](crate::Options::call_timeout).
const OPEN_CALL: Duration = Duration::from_secs(30);
/// The least time that a call of an action is given, however near the deadline is: the default of [`Options::poll`](crate::Options::poll).
const LEAST_CALL: Duration = Duration::from_secs(1);

impl Plan {
    /// The longest that the way forward may take while somebody drives it: until the deployment has ended, is halted, or begins its way
    /// back, for which [`rollback_budget`](Plan::rollback_budget) counts.
    ///
    /// It is the sum of what is declared: five minutes to observe every target when the driver takes over, then the deadlines of all
    /// steps and of their gates, of a bake twice where the policy asks a person after it, and of what is undone on every way out. A call
    /// that is open at a deadline is waited for, for at most the default call timeout of 30 s.
    ///
    /// Not counted is the time that is a person's, paused or halted, and that without a driver. A driver that takes over observes the
    /// targets again and gives the step that it finds its whole time; if it must first wait until a call of the dead one has ended, from then
    /// on. So a step takes at most twice its deadline for every driver that dies in it.
    #[must_use]
    pub fn forward_budget(&self) -> Duration {
        let asks = self.policy.on_inconclusive == Inconclusive::Ask;
        let asking = self.steps.iter().filter(|step| asks && matches!(step.work, Work::Bake { .. })).map(|step| step.deadline);
        total([SURVEY, OPEN_CALL, self.finally_budget(), total(self.steps.iter().map(with_call).chain(asking))])
    }

    /// The longest that the way back may take while somebody drives it, from wherever it begins until everything is back or a person must
    /// decide.
    ///
    /// The way back is computed when it begins, from what has happened by then; this is the longest that it may come to. First the
    /// targets are observed and doubt about the last call is settled, which takes five minutes or that step's deadline. Then traffic goes
    /// back on every target since the last commit point, actions and migrations are undone, and candidates drained and removed: each
    /// within the usual deadline of such a step, an undo within the deadline of what it undoes. Calls and drivers count as in
    /// [`forward_budget`](Plan::forward_budget).
    #[must_use]
    pub fn rollback_budget(&self) -> Duration {
        let doubt = self.steps.iter().filter(|step| step.work.has_effect()).map(|step| step.deadline).max();
        let settled = SURVEY.max(doubt.unwrap_or_default());
        let longest = self.steps.split(|step| step.work == Work::Commit).map(|steps| self.way_back(steps)).max();
        // A ramp whose call is open at its deadline is cut short, and the way back goes on.
        let ramp = if matches!(self.policy.way_back, WayBack::Ramped { .. }) { OPEN_CALL } else { Duration::ZERO };
        total([settled, OPEN_CALL, ramp, longest.unwrap_or_default(), self.finally_budget()])
    }

    /// The way back from these steps, which no commit point divides.
    fn way_back(&self, steps: &[Step]) -> Duration {
        let targets: BTreeSet<_> = steps.iter().filter_map(|step| step.target.as_ref()).collect();
        let traffic = targets.into_iter().flat_map(|target| [self.ramp(target), self.traffic_back(target)]);
        let undone = steps.iter().filter(|step| step.compensation == Compensation::Undo && step.work.action().is_some());
        total(traffic.chain(undone.map(undo)))
    }

    /// All traffic back on one target, and what was made there gone: by our own steps or by the platform's rollout.
    fn traffic_back(&self, target: &TargetName) -> Duration {
        let does = |what: fn(&Work) -> bool| self.steps.iter().any(|step| step.target.as_ref() == Some(target) && what(&step.work));
        let counts = |work: fn(&Work) -> bool, duration: Duration| if does(work) { duration } else { Duration::ZERO };
        let route = usual(Work::Route { to: Role::Stable, share: Percent::ALL, tests: Vec::new() });
        let removed = |role| total([usual(Work::Drain { role }), usual(Work::Retire { role })]);
        let ours = total([
            self.stable_back(does(|work| matches!(work, Work::Scale { role: Role::Stable, .. }))),
            counts(|work| matches!(work, Work::Route { .. }), route),
            counts(|work| matches!(work, Work::Launch { .. }), removed(Role::Candidate)),
            if matches!(self.policy.on_sick_stable, SickStable::Deploy { .. }) { removed(Role::Stable) } else { Duration::ZERO },
        ]);
        let replaced = usual(Work::Replace { role: Role::Stable, count: 1 }).max(total([route, removed(Role::Candidate)]));
        ours.max(counts(|work| matches!(work, Work::Replace { .. }), total([usual(Work::StopRollout), replaced])))
    }

    /// Something whole to take the traffic: the stable revision as large as it was, or the last known good release.
    fn stable_back(&self, scaled_down: bool) -> Duration {
        match self.policy.on_sick_stable {
            SickStable::Deploy { .. } => usual(Work::Launch { role: Role::Fallback, count: 1 }),
            SickStable::Halt if scaled_down => usual(Work::Scale { role: Role::Stable, count: 1 }),
            SickStable::Halt => Duration::ZERO,
        }
    }

    /// The falling shares of one target.
    fn ramp(&self, target: &TargetName) -> Duration {
        let WayBack::Ramped { shares, pause } = &self.policy.way_back else { return Duration::ZERO };
        let highest = self.steps.iter().filter(|step| step.target.as_ref() == Some(target)).filter_map(|step| match &step.work {
            Work::Route { to: Role::Candidate, share, .. } => Some(*share),
            Work::Replace { role: Role::Candidate, .. } => Some(Percent::ALL),
            _ => None,
        });
        let highest = highest.max().unwrap_or_default();
        let falling = shares.iter().filter(|share| **share > Percent::ZERO && **share < highest);
        let route = |share| usual(Work::Route { to: Role::Candidate, share, tests: Vec::new() });
        total(falling.flat_map(|share| [route(*share), *pause]))
    }

    /// What is undone on every way out.
    fn finally_budget(&self) -> Duration {
        total(self.steps.iter().filter(|step| step.compensation == Compensation::Finally).map(undo))
    }
}

impl Step {
    /// The longest that the step may take, its gates included: its deadline, or a pause exactly what it says.
    #[must_use]
    pub fn budget(&self) -> Duration {
        let own = if let Work::Pause { duration } = self.work { duration } else { self.deadline };
        if self.gates.is_empty() { own } else { own.saturating_add(self.gate_deadline) }
    }
}

/// A step's time, and what a call of an action may take beyond it.
fn with_call(step: &Step) -> Duration {
    if step.work.action().is_some() { step.budget().saturating_add(LEAST_CALL) } else { step.budget() }
}

/// The time to undo a step.
fn undo(step: &Step) -> Duration {
    step.deadline.saturating_add(LEAST_CALL)
}

/// The time that a step of the way back has for this work.
fn usual(work: Work) -> Duration {
    Step::new(StepId::made("back"), work).budget()
}

pub(super) fn total(durations: impl IntoIterator<Item = Duration>) -> Duration {
    durations.into_iter().fold(Duration::ZERO, Duration::saturating_add)
}
