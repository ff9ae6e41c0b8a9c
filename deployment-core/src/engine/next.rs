//! What to do now.

use std::time::Duration;

use super::{
    course::Progress,
    record::{Call, Lookout, Outcome, Record, TimeUp},
    state::{State, Track},
};
use crate::{
    id::{PluginName, StepId, TargetName, Token},
    plan::{Attendance, Compensation, Step, Work},
    time::Timestamp,
};

/// How long targets may take to be observed at an epoch's start or before a rollback.
pub(super) const SURVEY_LIMIT: Duration = Duration::from_secs(300);

/// What to do now.
#[derive(Debug, Clone)]
pub enum Next {
    /// Something is decided: append this record, then ask again.
    Append(Box<Record>),
    /// Keep these commands running, and ask again when one has an answer or the time has come.
    Wait(Waiting),
    /// A person must decide.
    Halted {
        /// Why.
        reason: String,
    },
    /// The deployment has ended.
    Finished(Outcome),
}

/// What a deployment waits for.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// What to find out or ask for meanwhile.
    pub commands: Vec<Command>,
    /// When time will decide something.
    pub wake: Option<Timestamp>,
    /// Set if the wait is for a person, a gate or a bake: a driver may leave here if the plan lets it.
    pub parkable: Option<String>,
}

/// Something to find out, or an effect to ask for.
///
/// All but [`Command::Effect`] read only, and are wanted as long as [`State::next`] names them: the runtime paces them. An effect is named
/// once: as soon as its intent is in the chain it is not named again in that epoch.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Observe a target and append what it shows.
    Survey {
        /// Which.
        target: TargetName,
    },
    /// Ask a step's gates.
    Gates {
        /// Which step.
        step: StepId,
    },
    /// Look before an action; the answer becomes part of its intent.
    Prepare {
        /// Which step.
        step: StepId,
    },
    /// Append the intent, then call.
    Effect {
        /// Which step asks.
        step: StepId,
        /// What makes the effect recognisable.
        token: Token,
        /// What is called.
        call: Call,
    },
    /// Find out whether a step's effect is there.
    Confirm {
        /// Which step.
        step: StepId,
    },
    /// Look at the candidate.
    Tick {
        /// During which step.
        step: StepId,
        /// For whom.
        by: Lookout,
        /// Through which watches.
        watches: Vec<PluginName>,
        /// How often.
        every: Duration,
    },
    /// Ask the judges of a bake or check for their last word.
    Judge {
        /// Which step.
        step: StepId,
    },
}

impl State {
    /// What to do now. Pure: the same state and time give the same answer.
    ///
    /// `wall` is what the wall clock says; if it has gone backwards, the last record's time counts.
    #[must_use]
    pub fn next(&self, wall: Timestamp) -> Next {
        let now = wall.max(self.now);
        if let Some(outcome) = &self.outcome {
            return Next::Finished(outcome.clone());
        }
        if let Some(reason) = &self.halt {
            return Next::Halted { reason: reason.clone() };
        }
        if self.overruns(now) {
            return append(Record::TimeUp { step: None, what: TimeUp::ExpectedDuration });
        }
        if let Some(next) = self.survey_all(now) {
            return next;
        }
        if self.reversal.is_some() && self.back.is_none() && self.closing.is_none() {
            return self.begin_reversal(now);
        }
        match self.course().current() {
            Some((step, run)) => self.next_of_step(step, run, now),
            None => self.next_at_end(),
        }
    }

    fn overruns(&self, now: Timestamp) -> bool {
        self.plan.policy.expected_duration.is_some_and(|usual| !self.overran && now.since(self.started) > usual)
    }

    /// Every epoch begins with a look at every target, but for a closed deployment: what it still does touches none.
    fn survey_all(&self, now: Timestamp) -> Option<Next> {
        if self.closed.is_some() {
            return None;
        }
        let missing: Vec<_> = self.plan.targets.iter().zip(&self.targets).filter(|(_, state)| state.surveyed.is_none()).collect();
        if missing.is_empty() || self.epoch == 0 {
            return None;
        }
        let limit = self.surveying_since + SURVEY_LIMIT;
        if now >= limit {
            return Some(append(Record::TimeUp { step: None, what: TimeUp::Survey }));
        }
        let commands = missing.into_iter().map(|(target, _)| Command::Survey { target: target.name.clone() }).collect();
        Some(Next::Wait(Waiting { commands, wake: Some(limit), parkable: None }))
    }

    /// A way back begins when no call is open, doubt about what was launched is settled, and every target was looked at again.
    fn begin_reversal(&self, now: Timestamp) -> Next {
        if let Some((step, run)) = self.forward.current() {
            match run.progress {
                Progress::Asked => return Next::Wait(Waiting::default()),
                Progress::InDoubt { .. } if makes_something(&step.work) => {
                    let limit = self.limit(step, run);
                    if now >= limit {
                        return append(Record::TimeUp { step: Some(step.id.clone()), what: TimeUp::Deadline });
                    }
                    return self.confirm(step, run, now);
                }
                _ => {}
            }
        }
        append(match self.plan_reversal() {
            Ok(steps) => Record::ReversalPlanned { steps },
            Err(reason) => Record::Halted { reason },
        })
    }

    fn next_at_end(&self) -> Next {
        let finally = self.finally_steps();
        match self.track() {
            Track::Forward if !finally.is_empty() => append(Record::ClosingPlanned { steps: finally }),
            _ => append(Record::Finished { outcome: self.outcome_at_end() }),
        }
    }

    fn outcome_at_end(&self) -> Outcome {
        if let Some(reason) = &self.closed {
            return Outcome::Closed { reason: reason.clone() };
        }
        match &self.reversal {
            Some(reversal) if self.touched() => Outcome::RolledBack { cause: reversal.cause.clone(), stayed: self.stayed() },
            Some(reversal) => Outcome::Rejected { reason: reversal.cause.clone() },
            None if !self.targets.is_empty() && self.targets.iter().all(|target| target.unchanged) => Outcome::Unchanged,
            None => Outcome::Succeeded,
        }
    }

    /// The undos of what must be undone on every way out, last first.
    pub(super) fn finally_steps(&self) -> Vec<Step> {
        let steps = self.forward.steps.iter().zip(&self.forward.runs).rev();
        let open = |step: &Step, attempts| attempts > 0 && !self.undone.contains(&step.id);
        let finally = steps.filter(|(step, run)| step.compensation == Compensation::Finally && open(step, run.attempts));
        finally.filter_map(|(step, _)| undo_step(step, "finally")).collect()
    }

    /// A driver may leave here if no candidate has traffic, or the plan says that it may be left alone.
    pub(super) fn parkable(&self, reason: String) -> Option<String> {
        let alone = self.plan.policy.attendance == Attendance::Unattended || !self.candidate_has_traffic();
        (alone && self.track() == Track::Forward).then_some(reason)
    }
}

pub(super) fn append(record: Record) -> Next {
    Next::Append(Box::new(record))
}

/// The step that undoes an action's step.
pub(super) fn undo_step(step: &Step, prefix: &str) -> Option<Step> {
    let (Work::Action { name } | Work::Migrate { name, .. }) = &step.work else { return None };
    let work = Work::Undo { of: step.id.clone(), name: name.clone() };
    let mut undo = Step::new(StepId::made(format!("{prefix}/{}", step.id)), work).within(step.deadline);
    undo.target = step.target.clone();
    Some(undo)
}

/// Whether doubt about this work must be settled before the way back can be planned: it may have made something that must go.
fn makes_something(work: &Work) -> bool {
    matches!(work, Work::Launch { .. } | Work::Replace { .. } | Work::Action { .. } | Work::Migrate { .. })
}
