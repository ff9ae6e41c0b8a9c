//! Calls that a dead or frozen driver may have left under way.
//!
//! Who takes over has waited for as long as a call to a target may take. What an action, a backup or a migration does may take until its
//! step's deadline: until then nothing about it is asked for a second time, neither again nor back.

use super::{
    course::{Progress, StepRun},
    next::{Command, Next, Waiting, append},
    record::{Finding, Record},
    state::State,
};
use crate::{
    id::StepId,
    plan::{Step, Work},
    time::Timestamp,
};

impl State {
    /// When a step's time is over: its deadline counts once no call that was left behind can be under way.
    pub(super) fn limit(&self, step: &Step, run: &StepRun) -> Timestamp {
        run.clock_from.max(self.left_until(step).unwrap_or_default()) + step.deadline
    }

    /// A driver has taken over: a call without an answer is in doubt, and may still be under way if it is not a target's.
    pub(super) fn leave_call(&mut self, at: Timestamp) {
        let Some((step, run)) = self.course().current().filter(|(_, run)| run.progress == Progress::Asked) else { return };
        let left = run.intent.as_deref().filter(|_| step.work.action().is_some()).map(|intent| (subject(step).clone(), intent.ends));
        if let Some(run) = self.course_mut().current_run() {
            run.progress = Progress::InDoubt { since: at };
        }
        if let Some((subject, ends)) = left
            && let Some(run) = self.forward.find_run(&subject)
        {
            run.left_until = run.left_until.max(Some(ends));
        }
    }

    fn left_until(&self, step: &Step) -> Option<Timestamp> {
        self.forward.find(subject(step)).and_then(|(_, run)| run.left_until)
    }

    /// What a step waits for as long as a call about it that was left behind may be under way. Only an effect that is there counts before.
    #[must_use]
    pub fn waits_for_call(&self, step: &Step, now: Timestamp) -> Option<Finding> {
        let until = self.left_until(step).filter(|until| now < *until)?;
        let reason = format!("the call of the driver before may be under way until {until}; nothing is asked for again before that");
        Some(Finding::Pending { reason })
    }

    /// Says what is waited for, then waits with these commands; `None` if nothing was left behind.
    pub(super) fn outlast(&self, step: &Step, run: &StepRun, now: Timestamp, commands: Vec<Command>) -> Option<Next> {
        let waits = self.waits_for_call(step, now)?;
        if run.finding.as_ref() != Some(&waits) {
            return Some(append(Record::Found { step: step.id.clone(), finding: waits }));
        }
        Some(Next::Wait(Waiting { commands, wake: self.left_until(step), parkable: None }))
    }

    /// Asks what has become of an effect in doubt.
    pub(super) fn confirm(&self, step: &Step, run: &StepRun, now: Timestamp) -> Next {
        let commands = vec![Command::Confirm { step: step.id.clone() }];
        self.outlast(step, run, now, commands.clone()).unwrap_or_else(|| {
            let wake = Some(self.limit(step, run));
            Next::Wait(Waiting { commands, wake, parkable: None })
        })
    }
}

/// The step that a step's calls are about: the one that it undoes, or itself.
fn subject(step: &Step) -> &StepId {
    match &step.work {
        Work::Undo { of, .. } => of,
        _ => &step.id,
    }
}
