//! Health checks against peers that are well, sick, slow, and hostile.

mod command;
#[cfg(feature = "dns")]
mod dns;
mod http;
mod outside;
mod resolver;
mod standard;
mod tcp;
mod tls;

use deployment_checks::secret::SafeUrl;
use deployment_core::{
    Endpoint, Error, TestRule,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
    testkit::{
        assert_none, conformance,
        sample::{self, NOON},
    },
};

use crate::support::GENEROUS;

/// A question at noon, by a deployment of `shop 2`.
pub fn context() -> HealthContext {
    sample::health(NOON)
}

/// The same about a candidate at `url`.
pub fn candidate(url: &SafeUrl, rule: Option<TestRule>) -> HealthContext {
    let mut context = context();
    context.subject.endpoint = Some(Endpoint { url: url.to_string(), rule });
    context
}

/// What `check` reports.
pub async fn report(check: &impl HealthCheck) -> HealthReport {
    check.check(&context()).await.unwrap()
}

/// That a check which is well keeps the contract of all checks.
pub async fn keeps_its_contract(check: &impl HealthCheck) {
    assert_none(&conformance::health::check(check, &context(), 2 * GENEROUS).await);
}

/// Why `check` could not look.
pub async fn blind(check: &impl HealthCheck) -> Error {
    check.check(&context()).await.unwrap_err()
}

/// That `report` is of this status, and says each of these.
#[track_caller]
pub fn says(report: &HealthReport, status: HealthStatus, words: &[&str]) {
    assert_eq!(report.status, status, "{report:?}");
    let scores = match status {
        HealthStatus::Healthy => 100..=100,
        HealthStatus::Degraded => 1..=99,
        HealthStatus::Unhealthy => 0..=0,
    };
    assert!(scores.contains(&report.score), "{report:?}");
    for word in words {
        assert!(report.evidence.contains(word), "{word:?} in {:?}", report.evidence);
    }
}
