//! A load test as a health check.

use async_trait::async_trait;
use deployment_core::{
    Error, ErrorKind, Result,
    health::{HealthCheck, HealthContext, HealthReport},
};

use super::LoadTest;

#[async_trait]
impl HealthCheck for LoadTest {
    fn describe(&self) -> String {
        format!("{} requests per second for {} s: {}", self.rate, self.duration.as_secs(), self.check.describe())
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        let report = self.run(context).await?;
        let unmet = self.limits.unmet(&report);
        if self.limits.sender_is_why(&report) {
            let message = format!("this machine could not send as often as asked: {report}; lower the rate, or run it elsewhere");
            return Err(Error::new(ErrorKind::Failed, "load test", message));
        }
        let verdict = if !unmet.is_empty() {
            HealthReport::unhealthy(format!("{report}; {}", unmet.join("; ")))
        } else if report.held > 0 {
            HealthReport::degraded(50, format!("{report}; {} requests had to wait because {} were open", report.held, self.open))
        } else {
            HealthReport::healthy(report.to_string())
        };
        Ok(HealthReport { latency: report.latency.p95, ..verdict })
    }
}
