//! One look of one health check, with a deadline: a [`Finding`], whatever the check does.

use std::{panic::AssertUnwindSafe, time::Duration};

use deployment_core::{
    Result,
    health::{HealthCheck, HealthContext, HealthReport},
};
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

/// Lets a check look; nothing if it panics, which takes nobody with it.
pub(crate) async fn guarded(check: &dyn HealthCheck, context: &HealthContext) -> Option<Result<HealthReport>> {
    AssertUnwindSafe(async { check.check(context).await }).catch_unwind().await.ok()
}

/// Looks once. A check that hangs is cut off at `limit`; one that panics could not look.
pub(crate) async fn look(check: &dyn HealthCheck, context: &HealthContext, limit: Duration) -> Looked {
    let begin = Instant::now();
    match timeout(limit, guarded(check, context)).await {
        Ok(Some(Ok(mut report))) => {
            report.score = report.score.min(100);
            if report.latency.is_zero() {
                report.latency = begin.elapsed();
            }
            Looked::Report(report)
        }
        Ok(Some(Err(error))) => Looked::Failed(error.to_string()),
        Ok(None) => Looked::Failed("the check panicked".into()),
        Err(_) => Looked::Overdue(format!("no answer within {} s", limit.as_secs_f64())),
    }
}
