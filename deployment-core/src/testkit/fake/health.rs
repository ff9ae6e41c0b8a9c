//! A health check with a script.

use async_trait::async_trait;

use super::script::Script;
use crate::{
    error::{ErrorKind, Result},
    health::{HealthCheck, HealthContext, HealthReport},
};

/// A health check that reports what it is told to report.
///
/// ```
/// use deployment_core::{health::{HealthCheck, HealthReport, HealthStatus}, testkit::{fake::FakeHealth, sample}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// let check = FakeHealth::reports([HealthReport::healthy("ok")]);
/// check.set(HealthReport::unhealthy("down"));
/// assert_eq!(check.check(&sample::health(sample::NOON)).await?.status, HealthStatus::Unhealthy);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct FakeHealth(Script<HealthReport>);

impl FakeHealth {
    /// Reports these, one after the other; the last one stays.
    #[must_use]
    pub fn reports(reports: impl IntoIterator<Item = HealthReport>) -> Self {
        Self(Script::new(reports))
    }

    /// Reports this from now on.
    pub fn set(&self, report: HealthReport) {
        self.0.set(Ok(report));
    }

    /// Cannot look from now on.
    pub fn fail(&self, kind: ErrorKind) {
        self.0.set(Err(kind));
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.0.asked()
    }
}

#[async_trait]
impl HealthCheck for FakeHealth {
    fn describe(&self) -> String {
        "fake health check".into()
    }

    async fn check(&self, _context: &HealthContext) -> Result<HealthReport> {
        self.0.next("check")
    }
}
