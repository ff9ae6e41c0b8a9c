//! A comparison as a health check.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use deployment_core::{
    Error, ErrorKind, Result, Status,
    health::{HealthCheck, HealthContext, HealthReport},
};
use tokio::time::Instant;

use super::{Compare, Comparison, Verdict};

/// What a warning is worth, of 100.
const WARNING: u8 = 70;

/// A [`Compare`] as a [`HealthCheck`]: passed is healthy, warned is degraded, failed is unhealthy. Unknown is an error, *could not look*,
/// which neither passes nor fails a step: it is looked at again.
#[derive(Debug, Clone)]
pub struct CompareCheck {
    compare: Compare,
    last: Arc<Mutex<Option<Comparison>>>,
}

impl CompareCheck {
    pub(super) fn new(compare: Compare) -> Self {
        Self { compare, last: Arc::default() }
    }

    /// What it found when it last looked, for a report. Clones share it.
    #[must_use]
    pub fn last(&self) -> Option<Comparison> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl HealthCheck for CompareCheck {
    fn describe(&self) -> String {
        self.compare.describe()
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        let started = Instant::now();
        let comparison = self.compare.run(&context.deployment, &context.subject.target).await?;
        let verdict = comparison.verdict();
        let reasons = comparison.reasons(verdict);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(comparison);
        let report = match verdict {
            Verdict::Pass => HealthReport::healthy(reasons),
            Verdict::Warn => HealthReport::degraded(WARNING, reasons),
            Verdict::Fail => HealthReport::unhealthy(reasons),
            Verdict::Unknown => return Err(Error::new(ErrorKind::Failed, "compare", reasons).with_status(Status::Temporary)),
        };
        Ok(HealthReport { latency: started.elapsed(), ..report })
    }
}
