//! What an observation of a target means for the current step.

use super::{
    course::{Progress, StepRun},
    record::{Call, Finding},
    state::{State, TargetState},
};
use crate::{
    id::{RevisionId, TargetName},
    plan::{Role, Step, TargetPlan, Work},
    share::Percent,
    target::{RevisionView, RolloutState, TargetView},
    time::Timestamp,
};

impl State {
    /// What a target's view says about the current step. Pure; the runtime journals the answer when it changes.
    #[must_use]
    pub fn assess(&self, view: &TargetView, now: Timestamp) -> Finding {
        let Some((step, run)) = self.course().current() else { return pending("no step is current") };
        let Some((planned, target)) = step.target.as_ref().and_then(|name| self.planned(name)) else {
            return pending("the step has no target");
        };
        if let Some(reason) = drift(planned, target, view, now) {
            return Finding::Drifted { reason };
        }
        let Some(intent) = run.intent.as_deref() else { return self.assess_state((step, run), (planned, target), view, now) };
        let finding = match &intent.call {
            Call::Launch { count, .. } => launched(view, &intent.token, *count),
            Call::Replace { .. } if superseded(planned, target, run, view, now) => {
                Finding::Drifted { reason: format!("somebody else's rollout is on the target instead of that of {}", intent.token) }
            }
            Call::Replace { count, .. } => replaced(view, &intent.token, *count),
            Call::Route { routes } => routed(planned, target, view, routes),
            Call::Scale { revision, count } => scaled(view, revision, *count),
            Call::Retire { revision } => retired(view, revision),
            Call::Stop { .. } => stopped(view),
            Call::Backup { .. } | Call::Apply { .. } | Call::Undo { .. } => pending("an action is asked for its status"),
        };
        doubted(finding, run, planned, view, now)
    }

    pub(super) fn planned(&self, name: &TargetName) -> Option<(&TargetPlan, &TargetState)> {
        let index = self.target_index(name)?;
        self.plan.targets.get(index).zip(self.targets.get(index))
    }

    fn assess_state(
        &self,
        (step, run): (&Step, &StepRun),
        (planned, target): (&TargetPlan, &TargetState),
        view: &TargetView,
        now: Timestamp,
    ) -> Finding {
        match &step.work {
            Work::Drain { role } => match self.revision(&planned.name, *role) {
                Some(revision) => drained(view, revision),
                None => CONFIRMED,
            },
            Work::Verify => verified(planned, target, view),
            Work::Launch { role: Role::Fallback, count } => {
                let lag_over = run.started.is_some_and(|started| now.since(started) > planned.read_lag);
                left_fallback(target, view, *count, lag_over)
            }
            work => pending(&format!("\"{work}\" has not begun")),
        }
    }

    /// What a look at the targets during a wait shows that is not as it should be.
    #[must_use]
    pub fn unwell(&self, name: &TargetName, view: &TargetView, now: Timestamp) -> Option<Finding> {
        let (planned, target) = self.planned(name)?;
        if let Some(reason) = drift(planned, target, view, now) {
            return Some(Finding::Drifted { reason });
        }
        let candidate = target.candidate.as_ref()?;
        let share = view.routes.split.share(candidate);
        let Some(shown) = view.revision(candidate) else {
            let gone =
                || Finding::Failed { reason: format!("the candidate {candidate} has {share} of traffic, and the target does not have it") };
            return (share > Percent::ZERO).then(gone);
        };
        if let Some(failure) = &shown.failure {
            return Some(Finding::Failed { reason: format!("the candidate {candidate} has failed: {failure}") });
        }
        let needed = share.of_instances(planned.capacity.minimum);
        let healthy = shown.healthy?;
        (healthy < needed)
            .then(|| Finding::Failed { reason: format!("{healthy} healthy instances of the candidate {candidate}, {needed} are needed") })
    }
}

const CONFIRMED: Finding = Finding::Confirmed { revision: None };

fn pending(reason: &str) -> Finding {
    Finding::Pending { reason: reason.to_owned() }
}

/// Routes that nobody here has asked for, once an old reading can be ruled out.
pub(super) fn drift(planned: &TargetPlan, target: &TargetState, view: &TargetView, now: Timestamp) -> Option<String> {
    let asked = target.routing.as_ref().is_some_and(|routes| routes.split == view.routes.split);
    if target.replacing || asked || view.routes.split == target.routes.split {
        return None;
    }
    if target.changed.is_some_and(|changed| now.since(changed) <= planned.read_lag) {
        return None;
    }
    Some(format!("traffic is {}, it was left at {}", view.routes.split, target.routes.split))
}

/// An effect that is in doubt: it is there, or its absence has lasted long enough to count.
fn doubted(finding: Finding, run: &StepRun, planned: &TargetPlan, view: &TargetView, now: Timestamp) -> Finding {
    let Progress::InDoubt { since } = run.progress else {
        return match finding {
            Finding::Absent => pending("it does not show yet"),
            finding => finding,
        };
    };
    match finding {
        Finding::Absent if now.since(since) > planned.read_lag => Finding::Absent,
        Finding::Absent => pending("in doubt: its absence must last for the read lag"),
        // It is there, if not whole yet or failed already: the doubt is over. What became of it is the next look's to say.
        Finding::Pending { .. } | Finding::Failed { .. } => {
            let made = run.intent.as_ref().and_then(|intent| view.launched_by(&intent.token));
            Finding::Happened { revision: made.map(|revision| revision.id.clone()) }
        }
        finding => finding,
    }
}

fn launched(view: &TargetView, token: &crate::id::Token, count: u32) -> Finding {
    view.launched_by(token).map_or(Finding::Absent, |revision| as_launched(revision, count))
}

/// The last known good revision that an earlier way back has launched.
fn left_fallback(target: &TargetState, view: &TargetView, count: u32, lag_over: bool) -> Finding {
    match target.fallback.as_ref().and_then(|id| view.revision(id)) {
        Some(revision) => as_launched(revision, count),
        None if lag_over => Finding::Absent,
        None => pending("it does not show yet"),
    }
}

fn as_launched(revision: &RevisionView, count: u32) -> Finding {
    if let Some(failure) = &revision.failure {
        return Finding::Failed { reason: format!("revision {} has failed: {failure}", revision.id) };
    }
    whole(revision, count).unwrap_or_else(|| Finding::Confirmed { revision: Some(revision.id.clone()) })
}

/// What a revision lacks to be whole.
fn whole(revision: &RevisionView, count: u32) -> Option<Finding> {
    match revision.healthy {
        Some(healthy) if healthy >= count => None,
        Some(healthy) => Some(pending(&format!("{healthy} of {count} instances of {} are healthy", revision.id))),
        None => Some(pending(&format!("the health of {} is not known", revision.id))),
    }
}

fn replaced(view: &TargetView, token: &crate::id::Token, count: u32) -> Finding {
    let Some(rollout) = view.rollout.as_ref().filter(|rollout| rollout.token.as_ref() == Some(token)) else { return Finding::Absent };
    match rollout.state {
        RolloutState::InProgress => pending(&format!("the platform's rollout is under way: {}", rollout.reason)),
        RolloutState::Waiting => pending(&format!("the platform's rollout waits: {}", rollout.reason)),
        RolloutState::Failed => Finding::Failed { reason: format!("the platform's rollout has failed: {}", rollout.reason) },
        RolloutState::RolledBack => Finding::Failed { reason: format!("the platform has rolled back: {}", rollout.reason) },
        RolloutState::Completed => match view.routes.split.sole().and_then(|id| view.revision(id)) {
            Some(serves) if serves.token.as_ref() == Some(token) => {
                whole(serves, count).unwrap_or_else(|| Finding::Confirmed { revision: Some(serves.id.clone()) })
            }
            _ => Finding::Failed { reason: "the platform says completed, but what it was given does not serve".into() },
        },
    }
}

/// Whether another rollout has taken the place of ours, once an old reading can be ruled out.
fn superseded(planned: &TargetPlan, target: &TargetState, run: &StepRun, view: &TargetView, now: Timestamp) -> bool {
    let token = run.intent.as_deref().map(|intent| &intent.token);
    let other = view.rollout.as_ref().is_some_and(|rollout| rollout.token.as_ref() != token);
    other && run.progress == Progress::Accepted && target.changed.is_some_and(|changed| now.since(changed) > planned.read_lag)
}

fn routed(planned: &TargetPlan, target: &TargetState, view: &TargetView, routes: &crate::share::Routes) -> Finding {
    let missing = routes.tests.iter().any(|test| !view.routes.tests.contains(test));
    if view.routes.split != routes.split || missing || left_over(target, view, routes) {
        // As before, or an old reading in between: what nobody here has caused was ruled out as drift.
        return Finding::Absent;
    }
    let Some(candidate) = &target.candidate else { return CONFIRMED };
    let share = routes.split.share(candidate);
    if share == Percent::ZERO {
        return CONFIRMED;
    }
    match view.revision(candidate) {
        Some(revision) => whole(revision, share.of_instances(planned.capacity.minimum).max(1)).unwrap_or(CONFIRMED),
        None => pending(&format!("{candidate} does not show")),
    }
}

/// Whether test requests still reach a revision of ours by a rule that was not asked for. Rules for others are not ours to judge.
fn left_over(target: &TargetState, view: &TargetView, routes: &crate::share::Routes) -> bool {
    let stable = target.stable.as_ref().map(|stable| &stable.id);
    let ours = |id: &RevisionId| [stable, target.candidate.as_ref(), target.fallback.as_ref()].contains(&Some(id));
    view.routes.tests.iter().any(|test| ours(&test.1) && !routes.tests.contains(test))
}

fn scaled(view: &TargetView, revision: &RevisionId, count: u32) -> Finding {
    let Some(shown) = view.revision(revision) else {
        return if count == 0 { CONFIRMED } else { Finding::Failed { reason: format!("{revision} is gone") } };
    };
    if shown.desired != count {
        return Finding::Absent;
    }
    if shown.running > count {
        return pending(&format!("{} instances of {revision} still run, {count} are asked for", shown.running));
    }
    whole(shown, count).unwrap_or(CONFIRMED)
}

fn retired(view: &TargetView, revision: &RevisionId) -> Finding {
    match view.revision(revision) {
        None => CONFIRMED,
        Some(shown) if shown.running == 0 && shown.desired == 0 => CONFIRMED,
        Some(_) => Finding::Absent,
    }
}

fn stopped(view: &TargetView) -> Finding {
    match view.rollout.as_ref().map(|rollout| rollout.state) {
        Some(RolloutState::InProgress | RolloutState::Waiting) => Finding::Absent,
        _ => CONFIRMED,
    }
}

fn drained(view: &TargetView, revision: &RevisionId) -> Finding {
    let share = view.routes.split.share(revision);
    match view.revision(revision) {
        _ if share > Percent::ZERO => pending(&format!("{revision} still has {share} of traffic")),
        Some(shown) if shown.in_flight > 0 => pending(&format!("{} requests of {revision} have not ended", shown.in_flight)),
        _ => CONFIRMED,
    }
}

fn verified(planned: &TargetPlan, target: &TargetState, view: &TargetView) -> Finding {
    let serves = view.routes.split.sole().and_then(|id| view.revision(id));
    match serves {
        Some(serves) if serves.token == target.token && Some(&serves.id) == target.candidate.as_ref() => {
            whole(serves, planned.capacity.minimum).unwrap_or(CONFIRMED)
        }
        Some(serves) => pending(&format!("{} serves, it is not what was launched", serves.id)),
        None => pending(&format!("traffic is {}", view.routes.split)),
    }
}
