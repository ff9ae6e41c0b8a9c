//! Metrics of one revision over a range of time.

use serde::{Deserialize, Serialize};

use crate::latency::Latencies;

/// Asks for one revision's metrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricsQuery {
    /// The service.
    pub service: String,
    /// The revision, also one that is gone.
    pub revision: String,
    /// The range that is asked for.
    pub range: TimeRange,
}

/// A range of time in Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first millisecond.
    pub from: u64,
    /// The millisecond after the last.
    pub to: u64,
}

/// The answer: metrics, or that there are none, which is not the same as zero requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MetricsWindow {
    /// Nothing was measured: the revision did not exist then, or no whole second of the range is over, or it is too long ago.
    NoData {
        /// Why.
        reason: String,
    },
    /// What was measured.
    Data(WindowData),
}

/// What was measured. Requests by test rule or preview are not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowData {
    /// The whole seconds of the asked range that are over and were measured. A caller that asks next from this range's `to`
    /// gets every request once.
    pub covered: TimeRange,
    /// Requests that were sent to an instance, counted when they ended.
    pub requests: u64,
    /// Those of them that were answered with 5xx or not at all.
    pub errors: u64,
    /// Requests that the split gave to this revision while no instance of it was healthy. Not part of `requests`.
    pub no_upstream: u64,
    /// How long `requests` took, as pairs of a bucket's upper bound in microseconds and its count.
    pub latency: Latencies,
}
