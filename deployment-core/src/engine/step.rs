//! What to do about the current step.

use std::time::Duration;

use super::{
    course::{Progress, StepRun},
    next::{Command, Next, Waiting, append},
    record::{Call, Finding, Lookout, Record, TimeUp},
    state::{State, Track},
};
use crate::{
    gate::GateVerdict,
    id::TargetName,
    plan::{Role, Step, Work},
    share::{Percent, Routes, Split, TestRule},
    time::Timestamp,
};

/// How long a gate's pass counts.
pub(crate) const GATE_VALIDITY: Duration = Duration::from_secs(60);
/// How often guards look while the current step does not say.
const GUARD_EVERY: Duration = Duration::from_secs(10);
/// How often a check looks.
const CHECK_EVERY: Duration = Duration::from_secs(1);

impl State {
    pub(super) fn next_of_step(&self, step: &Step, run: &StepRun, now: Timestamp) -> Next {
        if let Some(reason) = self.needless(step) {
            return append(Record::Skipped { step: step.id.clone(), reason });
        }
        if run.started.is_none() {
            return self.next_before_start(step, run, now);
        }
        if let Work::Pause { duration } = step.work {
            let end = run.clock_from + duration;
            if now >= end {
                return append(Record::TimeUp { step: Some(step.id.clone()), what: TimeUp::Pause });
            }
            return Next::Wait(self.with_guards(step, Waiting { wake: Some(end), ..Waiting::default() }));
        }
        let limit = self.limit(step, run);
        if now >= limit && run.progress != Progress::Asked {
            return append(Record::TimeUp { step: Some(step.id.clone()), what: TimeUp::Deadline });
        }
        match self.work(step, run, now) {
            Next::Wait(mut waiting) => {
                waiting.wake = Some(waiting.wake.map_or(limit, |wake| wake.min(limit)));
                Next::Wait(self.with_guards(step, waiting))
            }
            next => next,
        }
    }

    /// Gates and pauses come before a step's start, and do not count against its deadline.
    fn next_before_start(&self, step: &Step, run: &StepRun, now: Timestamp) -> Next {
        // A pause holds what comes next, never the way back.
        if self.paused && self.track() == Track::Forward {
            let waiting = Waiting { parkable: self.parkable("paused".into()), ..Waiting::default() };
            return Next::Wait(self.with_guards(step, waiting));
        }
        if gates_hold(step, run, now) {
            return append(Record::StepStarted { step: step.id.clone() });
        }
        let limit = self.course().reached + step.gate_deadline;
        if now >= limit {
            return append(Record::TimeUp { step: Some(step.id.clone()), what: TimeUp::GateDeadline });
        }
        let reason = match &run.gate {
            Some((GateVerdict::Wait { reason, .. }, _)) => reason.clone(),
            _ => String::new(),
        };
        let parkable = if reason.is_empty() { None } else { self.parkable(reason) };
        let commands = vec![Command::Gates { step: step.id.clone() }];
        Next::Wait(self.with_guards(step, Waiting { commands, wake: Some(limit), parkable }))
    }

    fn work(&self, step: &Step, run: &StepRun, now: Timestamp) -> Next {
        let bake = &run.bake;
        match &step.work {
            Work::Commit => append(Record::StepDone { step: step.id.clone() }),
            Work::Hold => Next::Wait(Waiting { parkable: self.parkable("waits for a promotion".into()), ..Waiting::default() }),
            Work::Bake { .. } if bake.asks => {
                Next::Wait(Waiting { parkable: self.parkable("waits for a decision".into()), ..Waiting::default() })
            }
            Work::Bake { duration, .. } if bake.covered >= *duration => judge(step),
            Work::Bake { duration, every, watches } => {
                let mut all = watches.clone();
                all.extend(self.plan.guards.iter().filter(|guard| !watches.contains(guard)).cloned());
                let parkable = self.parkable(format!("{} s of baking are left", (*duration - bake.covered).as_secs()));
                let commands = vec![Command::Tick { step: step.id.clone(), by: Lookout::Step, watches: all, every: *every }];
                Next::Wait(Waiting { commands, wake: None, parkable })
            }
            Work::Check { .. } if bake.samples > bake.judged_at => judge(step),
            Work::Check { watches } => {
                let (step, watches) = (step.id.clone(), watches.clone());
                wait_for(Command::Tick { step, by: Lookout::Step, watches, every: CHECK_EVERY })
            }
            Work::Drain { .. } | Work::Verify => wait_for(Command::Confirm { step: step.id.clone() }),
            _ => self.effect(step, run, now),
        }
    }

    fn effect(&self, step: &Step, run: &StepRun, now: Timestamp) -> Next {
        match run.progress {
            Progress::Asked => Next::Wait(Waiting::default()),
            Progress::InDoubt { .. } => self.confirm(step, run, now),
            Progress::Accepted => wait_for(Command::Confirm { step: step.id.clone() }),
            Progress::Backoff { until } if now < until => Next::Wait(Waiting { wake: Some(until), ..Waiting::default() }),
            Progress::Idle | Progress::Backoff { .. } if self.is_left(step) => wait_for(Command::Confirm { step: step.id.clone() }),
            Progress::Idle | Progress::Backoff { .. } => {
                if let Some(next) = self.outlast(step, run, now, Vec::new()) {
                    return next;
                }
                if !gates_hold(step, run, now) {
                    return wait_for(Command::Gates { step: step.id.clone() });
                }
                if let Some(reason) = self.unprotected(step, run, now) {
                    return append(Record::Found { step: step.id.clone(), finding: Finding::Failed { reason } });
                }
                let token = self.token(&step.id);
                match self.call(step) {
                    // What the first try saw before counts: a later look could see the half of it.
                    Ok(Call::Apply { .. }) if run.intent.is_none() => wait_for(Command::Prepare { step: step.id.clone() }),
                    Ok(call) => wait_for(Command::Effect { step: step.id.clone(), token, call }),
                    Err(reason) => append(Record::Halted { reason: format!("step {} cannot be carried out: {reason}", step.id) }),
                }
            }
        }
    }

    /// Whether what a way back would launch was launched by an earlier one: then it is taken, once it is whole.
    fn is_left(&self, step: &Step) -> bool {
        let known = || step.target.as_ref().and_then(|name| self.target(name)).is_some_and(|target| target.fallback.is_some());
        matches!(step.work, Work::Launch { role: Role::Fallback, .. }) && known()
    }

    /// The call that a step's work comes to, with the revisions that the roles stand for now.
    pub(super) fn call(&self, step: &Step) -> Result<Call, String> {
        if let Work::Backup { name, level } = &step.work {
            return Ok(Call::Backup { with: name.clone(), level: *level });
        }
        if let Some(action) = step.work.action() {
            let action = action.clone();
            return Ok(if matches!(step.work, Work::Undo { .. }) { Call::Undo { action } } else { Call::Apply { action } });
        }
        let target = step.target.as_ref().ok_or("it names no target")?;
        let revision = |role| self.revision(target, role).cloned().ok_or_else(|| format!("there is no {role} revision on {target}"));
        match &step.work {
            Work::Launch { role, count } => {
                let release = self.release_for(target, *role)?;
                Ok(Call::Launch { role: *role, release, count: *count })
            }
            Work::Replace { role, count } => {
                let release = self.release_for(target, *role)?;
                Ok(Call::Replace { role: *role, release, count: *count })
            }
            Work::Scale { role, count } => Ok(Call::Scale { revision: revision(*role)?, count: *count }),
            Work::Route { to, share, tests } => self.routes(target, *to, *share, tests).map(|routes| Call::Route { routes }),
            Work::Retire { role } => Ok(Call::Retire { revision: revision(*role)? }),
            Work::StopRollout => {
                let rollout = self.target(target).and_then(|state| state.token.clone());
                Ok(Call::Stop { rollout: rollout.ok_or("no rollout was started")? })
            }
            work => Err(format!("\"{work}\" calls nothing")),
        }
    }

    fn routes(&self, target: &TargetName, to: Role, share: Percent, tests: &[TestRule]) -> Result<Routes, String> {
        let stable = self.revision(target, Role::Stable);
        let Some(revision) = self.revision(target, to) else {
            // The way back of a first deployment: nothing served before.
            return if to == Role::Stable { Ok(Routes::default()) } else { Err(format!("there is no {to} revision on {target}")) };
        };
        let split = match (share, stable) {
            (Percent::ZERO, None) => Split::empty(),
            (share, stable) => Split::between(stable.filter(|stable| *stable != revision), revision, share),
        };
        Ok(Routes { split, tests: tests.iter().map(|rule| (rule.clone(), revision.clone())).collect() })
    }

    fn release_for(&self, target: &TargetName, role: Role) -> Result<Box<crate::release::Release>, String> {
        let planned = self.plan.target(target).ok_or("the plan does not know the target")?;
        match role {
            Role::Candidate => Ok(Box::new(planned.release.clone())),
            Role::Stable => {
                let stable = self.target(target).and_then(|state| state.stable.as_ref());
                stable.and_then(|stable| stable.release.clone()).ok_or_else(|| "what ran before is not known".into())
            }
            Role::Fallback => match &self.plan.policy.on_sick_stable {
                crate::plan::SickStable::Deploy { release } => Ok(release.clone()),
                crate::plan::SickStable::Halt => Err("the plan names no last known good release".into()),
            },
        }
    }

    /// Why a step is not needed here, if it is not.
    fn needless(&self, step: &Step) -> Option<String> {
        if self.track() != Track::Forward {
            return None;
        }
        if !self.targets.is_empty() && self.targets.iter().all(|target| target.unchanged) {
            return Some("the release is already stable".into());
        }
        let name = step.target.as_ref()?;
        let target = self.target(name)?;
        if target.unchanged {
            return Some("the release is already stable here".into());
        }
        if target.stable.is_some() {
            return None;
        }
        let serves = self.candidate_share(name) > Percent::ZERO;
        let needless = match &step.work {
            Work::Route { share, .. } => *share < Percent::ALL,
            Work::Bake { .. } | Work::Hold => !serves && !self.before_traffic(step),
            Work::Scale { role, .. } | Work::Drain { role } | Work::Retire { role } => *role == Role::Stable,
            _ => false,
        };
        needless.then(|| "a first deployment has no stable revision beside it".into())
    }

    /// Whether a step comes before every step that gives traffic on its target: a hold there is meant also for a first deployment.
    fn before_traffic(&self, step: &Step) -> bool {
        let first = self.plan.steps.iter().position(|other| other.target == step.target && other.gives_traffic());
        let own = self.plan.steps.iter().position(|other| other.id == step.id);
        own < first
    }

    /// Guards look whenever there is time to, as long as a candidate has traffic: at windows of their own, but for a bake, which includes them.
    fn with_guards(&self, step: &Step, mut waiting: Waiting) -> Waiting {
        let looks =
            matches!(step.work, Work::Bake { .. }) && waiting.commands.iter().any(|command| matches!(command, Command::Tick { .. }));
        let acts = waiting.commands.iter().any(|command| matches!(command, Command::Effect { .. }));
        let ramp = self.track() == Track::Back && matches!(step.work, Work::Pause { .. });
        if !looks && !acts && ((self.track() == Track::Forward && self.candidate_has_traffic()) || ramp) {
            let (step, watches) = (step.id.clone(), self.plan.guards.clone());
            waiting.commands.push(Command::Tick { step, by: Lookout::Guards, watches, every: GUARD_EVERY });
        }
        waiting
    }
}

/// Whether a step's gates have passed, and not too long ago.
pub(crate) fn gates_hold(step: &Step, run: &StepRun, now: Timestamp) -> bool {
    step.gates.is_empty() || matches!(&run.gate, Some((GateVerdict::Pass, at)) if now.since(*at) <= GATE_VALIDITY)
}

fn wait_for(command: Command) -> Next {
    Next::Wait(Waiting { commands: vec![command], ..Waiting::default() })
}

fn judge(step: &Step) -> Next {
    wait_for(Command::Judge { step: step.id.clone() })
}
