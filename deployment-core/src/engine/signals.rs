//! Which words of people count, and what they do.

use super::{
    course::Progress,
    state::{State, Track},
};
use crate::{
    gate::Approval,
    plan::{WayBack, Work},
    signal::{Refusal, Resolution, Signal, Signalled},
    time::Timestamp,
};

impl State {
    /// Why a signal would not count now, if it would not.
    #[must_use]
    pub fn refuses(&self, signal: &Signalled) -> Option<Refusal> {
        let no = |why: &str| Some(Refusal(why.to_owned()));
        if self.outcome.is_some() {
            return no("the deployment has ended");
        }
        let halted = self.halt.is_some();
        let current = self.course().current();
        match &signal.signal {
            Signal::Approval { plan, .. } if *plan != self.hash => no("it is for another plan"),
            Signal::Approval { step, .. } if self.plan.step(step.as_str()).is_none() => {
                Some(Refusal(format!("the plan has no step {step}; see its steps with a dry run")))
            }
            Signal::Approval { .. } if signal.actor == self.plan.author => no("nobody approves a deployment of their own"),
            Signal::Approval { .. } => None,
            Signal::Pause if halted || self.paused || self.track() != Track::Forward => no("there is nothing to pause"),
            Signal::Resume if !self.paused => no("it is not paused"),
            Signal::Promote => {
                let holds = current.is_some_and(|(step, run)| run.started.is_some() && (step.work == Work::Hold || run.bake.asks));
                if holds && !halted && self.reversal.is_none() { None } else { no("it does not wait for a promotion") }
            }
            Signal::Abort | Signal::RollBack if self.past_return() => no("there is no way back from here; retry or close"),
            Signal::Abort | Signal::RollBack if !halted && (self.reversal.is_some() || self.track() != Track::Forward) => {
                no("it is on its way out already")
            }
            Signal::Retry | Signal::Resolve(_) | Signal::Close if !halted => no("it is not halted"),
            Signal::Close if current.is_some_and(|(_, run)| run.progress == Progress::Asked) => {
                no("a call is under way; wait until it has returned")
            }
            Signal::Resolve(_) if !self.in_doubt() => no("nothing is in doubt"),
            _ => None,
        }
    }

    pub(super) fn signalled(&mut self, signal: &Signalled, refused: Option<&Refusal>, at: Timestamp) {
        self.signals.insert(signal.id.clone());
        if refused.is_some() {
            return;
        }
        let said = || format!("{} by {}: {}", signal.signal.word(), signal.actor, signal.reason);
        match &signal.signal {
            Signal::Approval { step, plan, decision } => self.approvals.push(Approval {
                actor: signal.actor.clone(),
                step: step.clone(),
                plan: plan.clone(),
                // The clock of who posts it may be ahead.
                at: signal.at.min(at),
                granted: *decision,
                reason: signal.reason.clone(),
            }),
            Signal::Pause => self.paused = true,
            Signal::Resume => {
                self.paused = false;
                self.course_mut().reached = at;
            }
            Signal::Promote => self.course_mut().advance(at),
            Signal::Abort => self.turn_back(said(), WayBack::Immediate, at),
            Signal::RollBack => self.turn_back(said(), self.plan.policy.way_back.clone(), at),
            Signal::Retry => self.try_again(at),
            Signal::Resolve(resolution) => self.resolve(*resolution, at),
            Signal::Close => self.close(said(), at),
        }
    }

    fn turn_back(&mut self, cause: String, way: WayBack, at: Timestamp) {
        self.halt = None;
        self.paused = false;
        self.remember_undone();
        self.back = None;
        self.closing = None;
        self.closed = None;
        self.reverse(cause, way, at);
    }

    fn try_again(&mut self, at: Timestamp) {
        self.halt = None;
        self.survey_again(at);
        let sequence = self.sequence;
        let course = self.course_mut();
        course.restart_clock(at);
        if let Some(run) = course.current_run() {
            run.bake = super::BakeProgress::again(sequence, at);
        }
    }

    fn resolve(&mut self, resolution: Resolution, at: Timestamp) {
        let action = self.course().current().is_some_and(|(step, _)| step.work.action().is_some());
        self.try_again(at);
        match resolution {
            Resolution::Done if action => self.course_mut().advance(at),
            Resolution::Done => self.set_progress(Progress::Accepted),
            Resolution::NotDone => self.set_progress(Progress::Idle),
        }
    }

    fn set_progress(&mut self, progress: Progress) {
        if let Some(run) = self.course_mut().current_run() {
            run.progress = progress;
        }
    }

    /// What must be undone on every way out is undone; asked a second time, nothing more is tried.
    fn close(&mut self, said: String, at: Timestamp) {
        let halted = self.halt.take().unwrap_or_default();
        self.remember_undone();
        let finally = if self.closed.is_some() { Vec::new() } else { self.finally_steps() };
        self.closed = Some(format!("{halted}; {said}"));
        self.closing = Some(super::Course::new(finally.into(), at));
    }

    /// What is undone is not undone again by the next way out.
    fn remember_undone(&mut self) {
        let courses = [self.back.as_ref(), self.closing.as_ref()];
        let steps = courses.into_iter().flatten().flat_map(|course| course.steps.iter().zip(&course.runs));
        let undone = steps.filter_map(|(step, run)| match &step.work {
            Work::Undo { of, .. } if run.ended.is_some() => Some(of.clone()),
            _ => None,
        });
        let undone: Vec<_> = undone.collect();
        self.undone.extend(undone);
    }
}
