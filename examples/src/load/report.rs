//! What became of the traffic.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::latency::Latencies;

/// What became of the traffic, at the end or under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadReport {
    /// When it began, in Unix milliseconds.
    pub since: u64,
    /// For how long it has been running, in milliseconds.
    pub elapsed_ms: u64,
    /// Whether it is over, so that nothing is in flight.
    pub finished: bool,
    /// Requests sent.
    pub sent: u64,
    /// Requests that have ended.
    pub requests: u64,
    /// Those of them that were answered with 5xx or not at all.
    pub failures: u64,
    /// Failures per reason.
    pub reasons: BTreeMap<String, u64>,
    /// Per version that answered; the key is empty where no version is known.
    pub versions: BTreeMap<String, VersionReport>,
    /// Over all versions, from when a request was due.
    pub latency: Quantiles,
}

/// What one version did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionReport {
    /// Requests that have ended.
    pub requests: u64,
    /// Those of them that failed.
    pub failures: u64,
    /// How long they took.
    pub latency: Quantiles,
}

/// Latencies in microseconds; zero without any request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantiles {
    /// The median.
    pub p50: u64,
    /// One in twenty took longer.
    pub p95: u64,
    /// One in a hundred took longer.
    pub p99: u64,
    /// The longest.
    pub max: u64,
}

impl From<&Latencies> for Quantiles {
    fn from(latencies: &Latencies) -> Self {
        let at = |quantile| latencies.quantile(quantile).unwrap_or(0);
        Self { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1.0) }
    }
}
