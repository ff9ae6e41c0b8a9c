//! One look of one health check, with a deadline: a [`Finding`], whatever the check does.

use std::{panic::AssertUnwindSafe, time::Duration};

use deployment_core::health::{HealthCheck, HealthContext, HealthReport};
use futures::FutureExt;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout};

/// What a check found, or why nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The check looked.
    Seen(HealthReport),
    /// The check could not look. That is no verdict on what it looks at.
    Unknown {
        /// Why, in words.
        reason: String,
    },
}

impl Finding {
    /// What was seen, or why nothing was, in words.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Seen(report) => &report.evidence,
            Self::Unknown { reason } => reason,
        }
    }
}

/// What became of one look.
pub(crate) enum Looked {
    Report(HealthReport),
    Failed(String),
    Overdue(String),
}

/// Looks once. A check that hangs is cut off at `limit`; one that panics could not look.
pub(crate) async fn look(check: &dyn HealthCheck, context: &HealthContext, limit: Duration) -> Looked {
    let begin = Instant::now();
    let guarded = AssertUnwindSafe(async { check.check(context).await }).catch_unwind();
    match timeout(limit, guarded).await {
        Ok(Ok(Ok(mut report))) => {
            report.score = report.score.min(100);
            if report.latency.is_zero() {
                report.latency = begin.elapsed();
            }
            Looked::Report(report)
        }
        Ok(Ok(Err(error))) => Looked::Failed(error.to_string()),
        Ok(Err(_)) => Looked::Failed("the check panicked".into()),
        Err(_) => Looked::Overdue(format!("no answer within {} s", limit.as_secs_f64())),
    }
}
