//! Counting what became of requests.

use std::{collections::BTreeMap, time::Duration};

use super::report::{LoadReport, Quantiles, VersionReport};
use crate::latency::Latencies;

/// Counts of what became of requests.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) sent: u64,
    pub(super) finished: bool,
    reasons: BTreeMap<String, u64>,
    versions: BTreeMap<String, Count>,
}

#[derive(Default)]
struct Count {
    failures: u64,
    latency: Latencies,
}

/// What became of one request.
pub(super) struct Ending {
    pub(super) version: String,
    /// Why it failed, if it did.
    pub(super) failure: Option<String>,
    pub(super) took: Duration,
}

impl Tally {
    pub(super) fn add(&mut self, ending: Ending) {
        let count = self.versions.entry(ending.version).or_default();
        count.failures += u64::from(ending.failure.is_some());
        count.latency.record(u64::try_from(ending.took.as_micros()).unwrap_or(u64::MAX));
        if let Some(reason) = ending.failure {
            *self.reasons.entry(reason).or_default() += 1;
        }
    }

    pub(super) fn report(&self, since: u64, elapsed: Duration) -> LoadReport {
        let mut whole = Latencies::default();
        for count in self.versions.values() {
            whole.merge(&count.latency);
        }
        let version = |count: &Count| VersionReport {
            requests: count.latency.len(),
            failures: count.failures,
            latency: Quantiles::from(&count.latency),
        };
        LoadReport {
            since,
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            finished: self.finished,
            sent: self.sent,
            requests: whole.len(),
            failures: self.versions.values().map(|count| count.failures).sum(),
            reasons: self.reasons.clone(),
            versions: self.versions.iter().map(|(name, count)| (name.clone(), version(count))).collect(),
            latency: Quantiles::from(&whole),
        }
    }
}
