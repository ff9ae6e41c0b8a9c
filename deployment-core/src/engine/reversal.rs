//! The way back, computed once from what is known.

use super::{
    next::undo_step,
    record::RevisionFacts,
    state::{State, TargetState},
};
use crate::{
    id::StepId,
    plan::{Compensation, Role, SickStable, Step, TargetPlan, WayBack, Work},
    share::Percent,
    target::{Capability, RolloutState},
};

impl State {
    /// The steps of the way back: traffic first, the last target first; then the other undos in reverse; then the candidates are removed.
    ///
    /// `Err` says why there is none: the stable revision is sick, and the plan names no other.
    pub(super) fn plan_reversal(&self) -> Result<Vec<Step>, String> {
        let from = self.committed();
        let mut touched: Vec<(&TargetPlan, &TargetState)> = self.plan.targets.iter().zip(&self.targets).collect();
        touched.retain(|(planned, _)| self.goes_back(&planned.name));
        touched.reverse();

        let mut steps = self.ramp(&touched);
        let mut removals = Vec::new();
        for (planned, state) in &touched {
            self.traffic_back(planned, state, &mut steps, &mut removals)?;
        }
        let undone = self.forward.steps.iter().zip(&self.forward.runs).skip(from).rev();
        let undone =
            undone.filter(|(step, run)| step.compensation == Compensation::Undo && run.attempts > 0 && !self.undone.contains(&step.id));
        steps.extend(undone.filter_map(|(step, _)| undo_step(step, "undo")));
        steps.extend(removals);
        steps.extend(self.finally_steps());
        Ok(self.named(steps))
    }

    /// Every way back has step ids of its own, also when a person asks for another one.
    fn named(&self, steps: Vec<Step>) -> Vec<Step> {
        let prefix = if self.reversals == 0 { "back".to_owned() } else { format!("back{}", self.reversals + 1) };
        let rename = |step: Step| Step { id: StepId::made(format!("{prefix}/{}", step.id)), ..step };
        steps.into_iter().map(rename).collect()
    }

    /// Falling shares of the candidate, if the way back is by them and there is a stable revision that can take the traffic.
    fn ramp(&self, touched: &[(&TargetPlan, &TargetState)]) -> Vec<Step> {
        let Some(WayBack::Ramped { shares, pause }) = self.reversal.as_ref().map(|reversal| &reversal.way) else { return Vec::new() };
        let mut steps = Vec::new();
        for (planned, state) in touched {
            let current = self.candidate_share(&planned.name);
            let ramps = state.stable.is_some() && !state.replacing && !is_scaled_down(state);
            for share in shares.iter().filter(|share| ramps && **share < current && **share > Percent::ZERO) {
                let name = f64::from(share.basis_points()) / 100.0;
                let work = Work::Route { to: Role::Candidate, share: *share, tests: Vec::new() };
                steps.push(step(planned, &format!("route-{name}"), work));
                steps.push(step(planned, &format!("pause-{name}"), Work::Pause { duration: *pause }).within(*pause * 2));
            }
        }
        steps
    }

    fn traffic_back(
        &self,
        planned: &TargetPlan,
        state: &TargetState,
        steps: &mut Vec<Step>,
        removals: &mut Vec<Step>,
    ) -> Result<(), String> {
        if state.replacing || self.was_replaced(planned) {
            self.platform_back(planned, state, steps, removals);
            return Ok(());
        }
        let had_traffic = state.routing.is_some() || self.was_routed(planned);
        let mut to = Role::Stable;
        if let Some(stable) = state.stable.as_ref().filter(|_| had_traffic || is_scaled_down(state)) {
            if let Some(sick) = sickness(planned, state) {
                to = Role::Fallback;
                self.fall_back(planned, state, &sick, steps)?;
            } else if is_scaled_down(state) {
                let work = Work::Scale { role: Role::Stable, count: stable.desired };
                steps.push(step(planned, "scale-stable", work));
            }
        }
        if had_traffic {
            steps.push(step(planned, "route", Work::Route { to, share: Percent::ALL, tests: Vec::new() }));
        }
        if state.candidate.is_some() {
            removals.extend(remove(planned, Role::Candidate));
        }
        match to {
            Role::Fallback => removals.extend(remove(planned, Role::Stable)),
            // An earlier way back has launched it for a stable revision that was sick then.
            _ if state.fallback.is_some() => removals.extend(remove(planned, Role::Fallback)),
            _ => {}
        }
        Ok(())
    }

    /// The stable revision is sick: the last known good release takes over, if the plan names it.
    fn fall_back(&self, planned: &TargetPlan, state: &TargetState, sick: &str, steps: &mut Vec<Step>) -> Result<(), String> {
        let cause = self.reversal.as_ref().map(|reversal| reversal.cause.as_str()).unwrap_or_default();
        match &self.plan.policy.on_sick_stable {
            SickStable::Deploy { .. } => {
                let count = state.stable.as_ref().map_or(planned.capacity.desired, |stable| stable.desired);
                steps.push(step(planned, "launch-last-known-good", Work::Launch { role: Role::Fallback, count }));
                Ok(())
            }
            SickStable::Halt => {
                Err(format!("both revisions of {} are sick. Stable: {sick}. Candidate: {cause}. Traffic was left as it is", planned.name))
            }
        }
    }

    fn platform_back(&self, planned: &TargetPlan, state: &TargetState, steps: &mut Vec<Step>, removals: &mut Vec<Step>) {
        let under_way = matches!(state.rollout, Some(RolloutState::InProgress | RolloutState::Waiting));
        if under_way && planned.needs.has(Capability::Stop) {
            steps.push(step(planned, "stop", Work::StopRollout));
        }
        // A platform that has gone back by itself has left what ran before.
        let went_back = matches!(state.rollout, Some(RolloutState::RolledBack));
        match &state.stable {
            Some(stable) if !went_back => {
                steps.push(step(planned, "replace", Work::Replace { role: Role::Stable, count: stable.desired }));
            }
            None if state.candidate.is_some() => {
                if planned.needs.has(Capability::Switch) {
                    steps.push(step(planned, "route", Work::Route { to: Role::Stable, share: Percent::ALL, tests: Vec::new() }));
                }
                removals.extend(remove(planned, Role::Candidate));
            }
            _ => {}
        }
    }

    fn was_replaced(&self, planned: &TargetPlan) -> bool {
        self.was_asked(planned, |work| matches!(work, Work::Replace { .. }))
    }

    fn was_routed(&self, planned: &TargetPlan) -> bool {
        self.was_asked(planned, |work| matches!(work, Work::Route { .. }))
    }

    fn was_asked(&self, planned: &TargetPlan, what: impl Fn(&Work) -> bool) -> bool {
        let mut steps = self.forward.steps.iter().zip(&self.forward.runs);
        steps.any(|(step, run)| step.target.as_ref() == Some(&planned.name) && what(&step.work) && run.attempts > 0)
    }
}

fn step(planned: &TargetPlan, name: &str, work: Work) -> Step {
    let step = Step::new(StepId::made(format!("{}/{name}", planned.name)), work).on(planned.name.clone());
    step.compensated_by(Compensation::NotNeeded)
}

fn remove(planned: &TargetPlan, role: Role) -> [Step; 2] {
    [step(planned, &format!("drain-{role}"), Work::Drain { role }), step(planned, &format!("retire-{role}"), Work::Retire { role })]
}

fn is_scaled_down(state: &TargetState) -> bool {
    match (&state.stable, &state.stable_now) {
        (Some(before), Some(now)) => now.desired < before.desired,
        _ => false,
    }
}

/// Why traffic must not go back to the stable revision. Unknown health is not sickness.
fn sickness(planned: &TargetPlan, state: &TargetState) -> Option<String> {
    let Some(RevisionFacts { id, desired, healthy, .. }) = &state.stable_now else {
        return Some("it is gone".into());
    };
    let needed = planned.capacity.minimum.min(*desired).max(1);
    let healthy = (*healthy)?;
    (healthy < needed).then(|| format!("{id} has {healthy} healthy instances of {desired}, {needed} are needed"))
}
