//! The timeline: when each step ran, and what came of it.

use deployment_core::{
    StepId, Timestamp,
    engine::{Finding, Record, State, Track},
    signal::Signal,
};

/// One step that was reached.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: StepId,
    pub(super) what: String,
    pub(super) track: Track,
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
    pub(super) result: String,
    pub(super) went: Went,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Went {
    Running,
    Well,
    Skipped,
    Badly,
}

impl Went {
    /// The page's class for it.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Running => "detail",
            Self::Well => "good",
            Self::Skipped => "skipped",
            Self::Badly => "bad",
        }
    }
}

/// Follows a deployment and keeps one row per step.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    pub(super) rows: Vec<Row>,
}

impl Timeline {
    /// Looks at the state before and after one record.
    pub(super) fn follow(&mut self, before: &State, record: &Record, after: &State) {
        let at = after.last_record();
        let Some((step, run)) = before.course().current() else { return };
        let begins = matches!(record, Record::StepStarted { .. } | Record::Skipped { .. });
        if begins && run.started.is_none() {
            self.rows.push(Row {
                id: step.id.clone(),
                what: step.work.to_string(),
                track: before.track(),
                started: at,
                ended: None,
                result: "under way".into(),
                went: Went::Running,
            });
        }
        let ended = after.find(&step.id).is_some_and(|(_, run)| run.ended.is_some());
        let reversed = after.reversal().filter(|_| before.reversal().is_none()).map(|reversal| reversal.cause.clone());
        let halted = after.halted().filter(|_| before.halted().is_none()).map(str::to_owned);
        let Some(row) = self.rows.iter_mut().rev().find(|row| row.id == step.id && row.went == Went::Running) else { return };
        if let Some(cause) = reversed {
            (row.ended, row.went, row.result) = (Some(at), Went::Badly, cause);
        } else if let Some(reason) = halted {
            (row.result, row.went) = (format!("halted: {reason}"), Went::Badly);
        } else if ended {
            let (went, result) = result_of(record);
            (row.ended, row.went, row.result) = (Some(at), went, result);
        }
    }

    /// Gives a halted step that was taken up again its row back.
    pub(super) fn reopen(&mut self, before: &State, after: &State) {
        if before.halted().is_none() || after.halted().is_some() {
            return;
        }
        let Some((step, _)) = after.course().current() else { return };
        if let Some(row) = self.rows.iter_mut().rev().find(|row| row.id == step.id && row.ended.is_none()) {
            (row.went, row.result) = (Went::Running, "under way".into());
        }
    }
}

fn result_of(record: &Record) -> (Went, String) {
    match record {
        Record::Skipped { reason, .. } => (Went::Skipped, format!("skipped: {reason}")),
        Record::Found { finding: Finding::Confirmed { .. }, .. } => (Went::Well, "confirmed".into()),
        Record::Judged { .. } => (Went::Well, "passed".into()),
        Record::TimeUp { .. } => (Went::Well, "over".into()),
        Record::Signalled { signal, .. } if signal.signal == Signal::Promote => (Went::Well, format!("promoted by {}", signal.actor)),
        Record::Signalled { signal, .. } => (Went::Well, format!("{} by {}", signal.signal.word(), signal.actor)),
        _ => (Went::Well, "done".into()),
    }
}
