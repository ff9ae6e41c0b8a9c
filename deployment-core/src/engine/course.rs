//! Steps that are being carried out.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use super::record::{Call, Finding};
use crate::{
    backup::Backup,
    error::Failure,
    gate::GateVerdict,
    id::{StepId, Token},
    plan::Step,
    time::Timestamp,
};

/// A list of steps, and how far it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// The steps.
    pub steps: Arc<[Step]>,
    /// What has become of each.
    pub runs: Vec<StepRun>,
    /// Which one is current; their number if all are done.
    pub at: usize,
    /// When the current one became so.
    pub reached: Timestamp,
}

/// What has become of a step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepRun {
    /// When it started.
    pub started: Option<Timestamp>,
    /// From when its deadline counts: its start, or when a driver last took over or a person asked for another try.
    pub clock_from: Timestamp,
    /// What its gates said last, and when.
    pub gate: Option<(GateVerdict, Timestamp)>,
    /// How often its effect was asked for.
    pub attempts: u32,
    /// The last time that it was.
    pub intent: Option<Box<Intent>>,
    /// How far its effect is.
    pub progress: Progress,
    /// Until when a call about it that a dead or frozen driver has left behind may still be under way; its undo's too.
    pub left_until: Option<Timestamp>,
    /// The last thing that was found out about it.
    pub finding: Option<Finding>,
    /// The last failure of its call.
    pub failure: Option<Failure>,
    /// Whether some of its effect was found there, not all.
    pub partial: bool,
    /// What a backup step has made.
    pub backup: Option<Box<Backup>>,
    /// How far its watching is.
    pub bake: BakeProgress,
    /// When it ended, done or skipped.
    pub ended: Option<Timestamp>,
}

/// An effect that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// What makes it recognisable.
    pub token: Token,
    /// What it is.
    pub call: Call,
    /// What an action saw before.
    pub before: Value,
    /// When the call of an action, backup or migration, or of an undo, has been given up at the latest: at its step's deadline.
    pub ends: Timestamp,
}

/// How far a step's effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// It must be asked for.
    #[default]
    Idle,
    /// It is being asked for, in this epoch.
    Asked,
    /// It may have happened.
    InDoubt {
        /// Since when nobody knows.
        since: Timestamp,
    },
    /// The call was accepted; the effect is waited for.
    Accepted,
    /// The call failed without effect; it is asked for again later.
    Backoff {
        /// When.
        until: Timestamp,
    },
}

/// How far a bake or check is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BakeProgress {
    /// How much time is covered by observations.
    pub covered: Duration,
    /// The end of the last window that was looked at.
    pub last: Option<Timestamp>,
    /// How many looks had something to see.
    pub samples: u32,
    /// How many looks there were when the judges last spoke.
    pub judged_at: u32,
    /// How many looks in a row found the candidate unwell on its target.
    pub unwell: u32,
    /// The sequence number from which its observations count.
    pub since: u64,
    /// Whether the end was inconclusive and a person is asked.
    pub asks: bool,
}

impl BakeProgress {
    /// A bake that starts again: what was seen before `at` does not count, whether it was bad or good.
    pub(super) fn again(since: u64, at: Timestamp) -> Self {
        Self { since, last: Some(at), ..Self::default() }
    }
}

impl Course {
    pub(super) fn new(steps: Arc<[Step]>, at: Timestamp) -> Self {
        let runs = vec![StepRun::default(); steps.len()];
        Self { steps, runs, at: 0, reached: at }
    }

    /// The current step, and what has become of it.
    #[must_use]
    pub fn current(&self) -> Option<(&Step, &StepRun)> {
        self.steps.get(self.at).zip(self.runs.get(self.at))
    }

    pub(super) fn current_run(&mut self) -> Option<&mut StepRun> {
        self.runs.get_mut(self.at)
    }

    /// The step with this id, and what has become of it.
    #[must_use]
    pub fn find(&self, id: &StepId) -> Option<(&Step, &StepRun)> {
        let position = self.steps.iter().position(|step| step.id == *id)?;
        self.steps.get(position).zip(self.runs.get(position))
    }

    /// The current step has ended.
    pub(super) fn advance(&mut self, at: Timestamp) {
        if let Some(run) = self.current_run() {
            run.ended = Some(at);
            // What is done needs no details any more; an action's before-image is kept for its undo.
            run.finding = None;
            run.failure = None;
        }
        self.at += 1;
        self.reached = at;
    }

    /// A driver has taken over, or a person asks for another try: time counts anew.
    pub(super) fn restart_clock(&mut self, at: Timestamp) {
        self.reached = at;
        if let Some(run) = self.current_run() {
            run.clock_from = at;
            run.finding = None;
            run.gate = None;
        }
    }

    pub(super) fn find_run(&mut self, id: &StepId) -> Option<&mut StepRun> {
        let position = self.steps.iter().position(|step| step.id == *id)?;
        self.runs.get_mut(position)
    }
}

impl StepRun {
    /// It starts. What guards saw while it was held back is no part of its watching; a candidate that was unwell then still is.
    pub(super) fn start(&mut self, sequence: u64, at: Timestamp) {
        (self.started, self.clock_from) = (Some(at), at);
        self.bake = BakeProgress { unwell: self.bake.unwell, ..BakeProgress::again(sequence, at) };
    }

    /// Whether its effect may be there.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        let open = matches!(self.progress, Progress::Asked | Progress::InDoubt { .. } | Progress::Accepted);
        self.intent.is_some() && (open || self.partial || self.ended.is_some())
    }
}
