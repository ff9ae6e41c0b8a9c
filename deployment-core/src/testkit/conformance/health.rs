//! Whether a health check keeps its contract.

use std::time::Duration;

use super::findings::Findings;
use crate::{
    health::{HealthCheck, HealthContext, HealthStatus},
    testkit::Violation,
};

/// Lets a check look: it ends within `timeout`, and its report makes sense. What it finds does not matter.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::{health::HealthReport, testkit::{assert_none, conformance, fake::FakeHealth, sample}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let check = FakeHealth::reports([HealthReport::degraded(40, "slow")]);
/// assert_none(&conformance::health::check(&check, &sample::health(sample::NOON), Duration::from_secs(5)).await);
/// # }
/// ```
pub async fn check(health: &dyn HealthCheck, context: &HealthContext, timeout: Duration) -> Vec<Violation> {
    let mut findings = Findings::default();
    findings.description(|| health.describe());
    let Ok(answer) = tokio::time::timeout(timeout, health.check(context)).await else {
        findings.must("a check ends in time", false, || format!("no answer within {timeout:?}"));
        return findings.all();
    };
    let Some(report) = findings.ok("a check that can look reports", answer) else { return findings.all() };
    findings.must("a report has evidence", !report.evidence.trim().is_empty(), || format!("{report:?}"));
    let fits = match report.status {
        HealthStatus::Healthy => (1..=100).contains(&report.score),
        HealthStatus::Degraded => (1..100).contains(&report.score),
        HealthStatus::Unhealthy => report.score < 100,
    };
    findings.must("the score fits the status", fits, || format!("{report:?}"));
    findings.all()
}
