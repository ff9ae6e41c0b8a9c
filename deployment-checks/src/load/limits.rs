//! What a load test must show.

use std::time::Duration;

use deployment_core::Percent;
use serde::{Deserialize, Serialize};

use super::{LoadReport, Quantiles};

/// What a load test must show to pass. Without more: at most 1 % of the requests fail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadLimits {
    errors: Percent,
    p50: Option<Duration>,
    p95: Option<Duration>,
    p99: Option<Duration>,
    throughput: Option<f64>,
}

/// 1 %: the operations guides' limit for a warning.
const ERRORS_BASIS_POINTS: u16 = 100;

impl Default for LoadLimits {
    fn default() -> Self {
        let errors = Percent::try_from(ERRORS_BASIS_POINTS).unwrap_or(Percent::ZERO);
        Self { errors, p50: None, p95: None, p99: None, throughput: None }
    }
}

impl LoadLimits {
    /// The share of requests that may fail, those that could not be sent included: 1 %, unless told otherwise.
    #[must_use]
    pub fn errors(mut self, most: Percent) -> Self {
        self.errors = most;
        self
    }

    /// Half of the requests must take no longer: no limit, unless told otherwise.
    #[must_use]
    pub fn p50(mut self, most: Duration) -> Self {
        self.p50 = Some(most);
        self
    }

    /// 95 % of the requests must take no longer: no limit, unless told otherwise.
    #[must_use]
    pub fn p95(mut self, most: Duration) -> Self {
        self.p95 = Some(most);
        self
    }

    /// 99 % of the requests must take no longer: no limit, unless told otherwise.
    #[must_use]
    pub fn p99(mut self, most: Duration) -> Self {
        self.p99 = Some(most);
        self
    }

    /// At least so many good answers per second, within the measured time: no limit, unless told otherwise.
    #[must_use]
    pub fn throughput(mut self, least: f64) -> Self {
        self.throughput = Some(least);
        self
    }

    /// What the report does not keep, each in a sentence; empty if all is well.
    #[must_use]
    pub fn unmet(&self, report: &LoadReport) -> Vec<String> {
        let mut unmet: Vec<_> = self.too_many_errors(report).into_iter().collect();
        unmet.extend(self.too_slow(&report.latency));
        if let Some(least) = self.throughput.filter(|least| report.throughput() < *least) {
            unmet.push(format!("{:.1} good answers per second, {least:.1} are needed", report.throughput()));
        }
        unmet
    }

    /// Whether the machine that sent the requests is why limits are not kept: it was late by itself, and without that they would be.
    pub(super) fn sender_is_why(&self, report: &LoadReport) -> bool {
        let late = !report.kept_the_rate() || (!self.too_slow(&report.latency).is_empty() && self.too_slow(&report.service).is_empty());
        report.held == 0 && late && self.too_many_errors(report).is_none()
    }

    fn too_many_errors(&self, report: &LoadReport) -> Option<String> {
        let errors = report.error_rate();
        let why = report.failures.first().map(|(reason, count)| format!("; {count} times: {reason}")).unwrap_or_default();
        (errors > self.errors).then(|| format!("{errors} failed, {} may{why}", self.errors))
    }

    fn too_slow(&self, times: &Quantiles) -> Vec<String> {
        let limits = [("p50", times.p50, self.p50), ("p95", times.p95, self.p95), ("p99", times.p99, self.p99)];
        let over =
            limits.into_iter().filter_map(|(name, seen, limit)| limit.filter(|limit| seen > *limit).map(|limit| (name, seen, limit)));
        over.map(|(name, seen, limit)| format!("{name} is {} ms, it may be {} ms", seen.as_millis(), limit.as_millis())).collect()
    }
}
