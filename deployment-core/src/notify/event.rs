//! What happened, for people and programs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    engine::{Finding, Outcome, Record, TimeUp},
    gate::GateVerdict,
    id::DeploymentId,
    journal::Entry,
    judge::Verdict,
    time::Timestamp,
};

/// How much attention an event deserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For a log.
    Detail,
    /// For a channel.
    Info,
    /// Somebody should look.
    Warning,
    /// Somebody must act.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Detail => "detail",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        })
    }
}

/// One thing that happened in a deployment: a record with a sentence and a severity.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// `deployment/sequence`: the same at every delivery.
    pub key: String,
    /// Which deployment.
    pub deployment: DeploymentId,
    /// When.
    pub at: Timestamp,
    /// How much attention it deserves.
    pub severity: Severity,
    /// What happened, in a sentence.
    pub text: String,
    /// The record.
    pub record: Record,
}

impl Event {
    /// The event that a journal entry stands for.
    #[must_use]
    pub fn of(deployment: &DeploymentId, entry: &Entry) -> Self {
        let (severity, text) = tell(&entry.record);
        Self {
            key: format!("{deployment}/{}", entry.sequence),
            deployment: deployment.clone(),
            at: entry.at,
            severity,
            text,
            record: entry.record.clone(),
        }
    }
}

fn tell(record: &Record) -> (Severity, String) {
    use Severity::{Critical, Detail, Info, Warning};
    match record {
        Record::Started { hash, .. } => (Info, format!("started, plan {}", hash.short())),
        Record::Took { holder } => (Detail, format!("{holder} drives")),
        Record::Surveyed { target, .. } => (Detail, format!("{target} observed")),
        Record::StepStarted { step } => (Info, format!("{step} started")),
        Record::Gated { step, verdict } => tell_gate(step.as_str(), verdict),
        Record::Intent { step, .. } => (Detail, format!("{step}: asking")),
        Record::Returned { step, result: Ok(_) } => (Detail, format!("{step}: accepted")),
        Record::Returned { step, result: Err(failure) } => (Warning, format!("{step}: {}", failure.message)),
        Record::BackedUp { step, backup } => (Info, format!("{step}: backup {} taken at {}", backup.name, backup.taken_at)),
        Record::Found { step, finding } => tell_finding(step.as_str(), finding),
        Record::Sampled { step, sample } => tell_sample(step.as_str(), sample),
        Record::BakeRestarted { step, reason } => (Warning, format!("{step}: observing starts again, {reason}")),
        Record::Judged { step, verdict } => tell_verdict(step.as_str(), verdict),
        Record::TimeUp { step, what } => {
            let severity = if matches!(what, TimeUp::Pause) { Detail } else { Warning };
            (severity, format!("{}: {} passed", step.as_ref().map_or("deployment", |step| step.as_str()), what_passed(*what)))
        }
        Record::StepDone { step } => (Info, format!("{step} done")),
        Record::Skipped { step, reason } => (Detail, format!("{step} skipped: {reason}")),
        Record::Signalled { signal, refused: None } => (Info, format!("{} by {}: {}", signal.signal.word(), signal.actor, signal.reason)),
        Record::Signalled { signal, refused: Some(why) } => {
            (Warning, format!("{} by {} refused: {why}", signal.signal.word(), signal.actor))
        }
        Record::ReversalPlanned { steps } => (Warning, format!("rolling back in {} steps", steps.len())),
        Record::ClosingPlanned { steps } => (Detail, format!("{} steps on the way out", steps.len())),
        Record::Halted { reason } => (Critical, format!("halted: {reason}")),
        Record::Parked { reason } => (Info, format!("parked: {reason}")),
        Record::Finished { outcome } => tell_outcome(outcome),
    }
}

fn tell_gate(step: &str, verdict: &GateVerdict) -> (Severity, String) {
    match verdict {
        GateVerdict::Pass => (Severity::Info, format!("{step}: gates pass")),
        GateVerdict::Wait { reason, .. } => (Severity::Info, format!("{step} waits: {reason}")),
        GateVerdict::Reject { reason } => (Severity::Warning, format!("{step} rejected: {reason}")),
    }
}

fn tell_finding(step: &str, finding: &Finding) -> (Severity, String) {
    match finding {
        Finding::Pending { reason } => (Severity::Detail, format!("{step}: {reason}")),
        Finding::Happened { .. } => (Severity::Detail, format!("{step}: it had happened")),
        Finding::Partial => (Severity::Warning, format!("{step}: some of it had happened")),
        Finding::Absent => (Severity::Detail, format!("{step}: it had not happened")),
        Finding::Confirmed { .. } => (Severity::Info, format!("{step} confirmed")),
        Finding::Failed { reason } => (Severity::Warning, format!("{step} failed: {reason}")),
        Finding::Drifted { reason } => (Severity::Critical, format!("{step}: drift, {reason}")),
        Finding::Undecidable { reason } => (Severity::Critical, format!("{step}: {reason}")),
        Finding::Unreadable { failure } => (Severity::Warning, format!("{step}: {}", failure.message)),
    }
}

fn tell_sample(step: &str, sample: &crate::engine::Sample) -> (Severity, String) {
    let worst = sample.watches.iter().find_map(|watch| match &watch.verdict {
        Verdict::Fail { reason } => Some(format!("{step}: {} failed, {reason}", watch.watch)),
        _ => None,
    });
    match worst {
        Some(text) => (Severity::Warning, text),
        None => (Severity::Detail, format!("{step}: observed")),
    }
}

fn tell_verdict(step: &str, verdict: &Verdict) -> (Severity, String) {
    match verdict {
        Verdict::Continue => (Severity::Info, format!("{step} passed")),
        Verdict::Fail { reason } => (Severity::Warning, format!("{step} failed: {reason}")),
        Verdict::Inconclusive { reason } => (Severity::Warning, format!("{step} inconclusive: {reason}")),
    }
}

fn what_passed(what: TimeUp) -> &'static str {
    match what {
        TimeUp::Deadline => "the deadline",
        TimeUp::GateDeadline => "the time that gates may wait",
        TimeUp::Pause => "the pause",
        TimeUp::Survey => "the time to observe every target",
        TimeUp::ExpectedDuration => "the usual duration",
    }
}

fn tell_outcome(outcome: &Outcome) -> (Severity, String) {
    let severity = match outcome {
        Outcome::Succeeded | Outcome::Unchanged => Severity::Info,
        Outcome::Rejected { .. } | Outcome::RolledBack { .. } | Outcome::Closed { .. } => Severity::Warning,
        Outcome::Halted { .. } => Severity::Critical,
    };
    (severity, outcome.to_string())
}
