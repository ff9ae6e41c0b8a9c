//! How long things took, from the journal.

use std::time::Duration;

use deployment_core::{
    Timestamp,
    engine::{Finding, Record},
    journal::Entry,
    plan::{Plan, Role, Step, Work},
};
use serde::Serialize;

/// How long things took in one deployment, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Timing {
    /// From its first to its last record.
    pub whole_ms: u64,
    /// From the first traffic on the new version, or from its launch if it never had any, to the decision to go back.
    pub to_detect_ms: Option<u64>,
    /// From that decision until all traffic was seen to be on the old version again; `None` if none had moved.
    pub to_roll_back_ms: Option<u64>,
    /// From that decision to the end, with the new version removed.
    pub to_clean_up_ms: Option<u64>,
}

impl Timing {
    /// Of a deployment with this plan and these entries.
    #[must_use]
    pub fn of(plan: &Plan, entries: &[Entry]) -> Self {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Self::default();
        };
        let mut timing = Self { whole_ms: millis(last.at.since(first.at)), ..Self::default() };
        let decided = entries.iter().find_map(|entry| match &entry.record {
            Record::ReversalPlanned { steps } => Some((entry.at, steps)),
            _ => None,
        });
        let Some((decided, back)) = decided else {
            return timing;
        };
        let moved = confirmed(entries, &plan.steps, |step| step.gives_traffic()).next();
        let launched = begun(entries, &plan.steps).next();
        timing.to_detect_ms = moved.or(launched).map(|bad_from| millis(decided.since(bad_from)));
        let is_back = |step: &Step| matches!(step.work, Work::Route { to: Role::Stable, .. });
        timing.to_roll_back_ms = confirmed(entries, back, is_back).last().map(|back| millis(back.since(decided)));
        timing.to_clean_up_ms = Some(millis(last.at.since(decided)));
        timing
    }
}

/// When steps of a kind were confirmed.
fn confirmed<'a>(entries: &'a [Entry], steps: &'a [Step], kind: impl Fn(&Step) -> bool + 'a) -> impl Iterator<Item = Timestamp> + 'a {
    entries.iter().filter_map(move |entry| match &entry.record {
        Record::Found { step: id, finding: Finding::Confirmed { .. } } => {
            steps.iter().any(|step| step.id == *id && kind(step)).then_some(entry.at)
        }
        _ => None,
    })
}

/// When launches began.
fn begun<'a>(entries: &'a [Entry], steps: &'a [Step]) -> impl Iterator<Item = Timestamp> + 'a {
    entries.iter().filter_map(move |entry| match &entry.record {
        Record::StepStarted { step: id } => {
            steps.iter().any(|step| step.id == *id && matches!(step.work, Work::Launch { .. })).then_some(entry.at)
        }
        _ => None,
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
