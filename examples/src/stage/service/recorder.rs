//! What one revision's traffic was: its metrics and its totals.

use std::sync::Mutex;

use super::{
    super::wire::{MetricsWindow, TimeRange, VersionStats},
    series::Series,
};
use crate::{clock::unix_millis, lock::lock};

/// What one revision's traffic was. It outlives the revision, so that its metrics can still be asked for.
pub(crate) struct Recorder {
    pub(crate) revision: String,
    pub(crate) version: String,
    traffic: Mutex<Traffic>,
}

struct Traffic {
    series: Series,
    total: VersionStats,
}

impl Recorder {
    pub(super) fn new(revision: &str, version: &str) -> Self {
        let traffic = Traffic { series: Series::new(unix_millis()), total: VersionStats::default() };
        Self { revision: revision.to_owned(), version: version.to_owned(), traffic: Mutex::new(traffic) }
    }

    pub(super) fn answered(&self, micros: u64, failed: bool) {
        let mut traffic = lock(&self.traffic);
        // The clock is read under the lock: a second is over only when nothing can be added to it any more.
        traffic.series.answered(unix_millis(), micros, failed);
        traffic.total.requests += 1;
        traffic.total.failures += u64::from(failed);
    }

    pub(super) fn tested(&self) {
        lock(&self.traffic).total.tests += 1;
    }

    pub(super) fn no_upstream(&self) {
        let mut traffic = lock(&self.traffic);
        traffic.series.no_upstream(unix_millis());
        traffic.total.no_upstream += 1;
    }

    pub(super) fn window(&self, range: TimeRange) -> MetricsWindow {
        lock(&self.traffic).series.window(range, unix_millis())
    }

    pub(super) fn add_to(&self, stats: &mut VersionStats) {
        let total = &lock(&self.traffic).total;
        stats.requests += total.requests;
        stats.failures += total.failures;
        stats.no_upstream += total.no_upstream;
        stats.tests += total.tests;
    }
}
