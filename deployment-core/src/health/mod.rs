//! Whether something is well: the [`HealthCheck`] trait.

use std::{fmt, future::Future, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    context::{DeploymentContext, Subject},
    error::Result,
};

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// It does what it should.
    Healthy,
    /// It works, but not well.
    Degraded,
    /// It does not work.
    Unhealthy,
}

/// What a health check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthReport {
    /// The verdict.
    pub status: HealthStatus,
    /// 0 (dead) to 100 (perfect).
    pub score: u8,
    /// How long the check took, in seconds when stored.
    #[serde(with = "crate::time::seconds")]
    pub latency: Duration,
    /// What was seen, in words, without secrets.
    pub evidence: String,
}

impl HealthReport {
    /// All is well: score 100.
    #[must_use]
    pub fn healthy(evidence: impl Into<String>) -> Self {
        Self { status: HealthStatus::Healthy, score: 100, latency: Duration::ZERO, evidence: evidence.into() }
    }

    /// It works, but not well: `score` from 1 to 99.
    #[must_use]
    pub fn degraded(score: u8, evidence: impl Into<String>) -> Self {
        Self { status: HealthStatus::Degraded, score: score.clamp(1, 99), latency: Duration::ZERO, evidence: evidence.into() }
    }

    /// It does not work: score 0.
    #[must_use]
    pub fn unhealthy(evidence: impl Into<String>) -> Self {
        Self { status: HealthStatus::Unhealthy, score: 0, latency: Duration::ZERO, evidence: evidence.into() }
    }
}

/// What a check is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthContext {
    /// The deployment that asks.
    pub deployment: DeploymentContext,
    /// The target, and how to reach the candidate on it.
    pub subject: Subject,
}

/// Looks whether something is well.
///
/// # Contract
/// - **Who implements:** a team, for whatever must hold. **Who calls:** the runtime: before traffic, during bakes, as a guard.
/// - Changes nothing. Ends within the timeout of its watch; a check that does not is counted as not knowing.
/// - An `Err` means *could not look*: it neither passes nor fails anything. "It is down" is a report, not an error.
/// - The suite in `testkit::conformance::health` checks an implementation.
///
/// ```
/// use deployment_core::health::{self, HealthCheck, HealthReport};
///
/// let check = health::from_fn("queue is short", |_context| async { Ok(HealthReport::healthy("3 messages")) });
/// assert_eq!(check.describe(), "queue is short");
/// ```
#[async_trait]
pub trait HealthCheck: fmt::Debug + Send + Sync + 'static {
    /// What it looks at, without secrets.
    fn describe(&self) -> String;

    /// Looks.
    ///
    /// # Errors
    /// If it could not look.
    async fn check(&self, context: &HealthContext) -> Result<HealthReport>;
}

/// A health check from an async closure.
pub fn from_fn<F, R>(description: impl Into<String>, check: F) -> impl HealthCheck
where
    F: Fn(HealthContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<HealthReport>> + Send + 'static,
{
    FromFn { description: description.into(), check }
}

struct FromFn<F> {
    description: String,
    check: F,
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HealthCheck").field(&self.description).finish()
    }
}

#[async_trait]
impl<F, R> HealthCheck for FromFn<F>
where
    F: Fn(HealthContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<HealthReport>> + Send + 'static,
{
    fn describe(&self) -> String {
        self.description.clone()
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        (self.check)(context.clone()).await
    }
}
