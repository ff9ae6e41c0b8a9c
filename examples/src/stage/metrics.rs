//! The stage as a [`MetricSource`] of the library.

use std::time::Duration;

use async_trait::async_trait;
use deployment_core::{
    Result,
    metric::{Latency, Measurement, MetricContext, MetricSource, Query, Reading},
};

use super::{MetricsQuery, MetricsWindow, StageClient, TimeRange, target::reading};

/// Requests in flight are counted when they end; most do within this.
const LAG: Duration = Duration::from_millis(200);
/// The stage counts by whole seconds, in milliseconds.
const SECOND: u64 = 1_000;

/// What the stage's proxies measure, per revision. The target's name is the service's.
///
/// The stage counts by whole seconds, so both ends of a window are moved back to the last whole second: windows that touch still
/// touch, and every request is in one of them. A window that has no second's end in it measures zero.
#[derive(Debug, Clone)]
pub struct StageMetrics {
    client: StageClient,
}

impl StageMetrics {
    /// Of the stage that `client` talks to.
    #[must_use]
    pub fn new(client: StageClient) -> Self {
        Self { client }
    }
}

#[async_trait]
impl MetricSource for StageMetrics {
    fn describe(&self) -> String {
        format!("requests at the stage {}", self.client.control())
    }

    async fn observe(&self, _query: &Query, context: &MetricContext) -> Result<Reading> {
        let whole = |millis: u64| millis / SECOND * SECOND;
        let range = TimeRange { from: whole(context.window.from.as_millis()), to: whole(context.window.to.as_millis()) };
        if context.window.to > context.deployment.now {
            return Ok(Reading::NoData { reason: "the window is not over".into() });
        }
        if range.from >= range.to {
            return Ok(Reading::Measured(Measurement::default()));
        }
        let query = MetricsQuery { service: context.target.to_string(), revision: context.revision.to_string(), range };
        Ok(match self.client.metrics(&query).await.map_err(|error| reading("metrics", error))? {
            MetricsWindow::NoData { reason } => Reading::NoData { reason },
            MetricsWindow::Data(data) if data.covered.to < range.to => {
                Reading::NoData { reason: format!("it is measured up to {} only", data.covered.to) }
            }
            // Requests that the split gave to it while nothing of it could serve have failed for its sake.
            MetricsWindow::Data(data) => Reading::Measured(Measurement {
                requests: data.requests + data.no_upstream,
                errors: data.errors + data.no_upstream,
                latency: Latency::from_buckets(data.latency.buckets()),
            }),
        })
    }

    fn lag(&self) -> Duration {
        LAG
    }

    fn can_backfill(&self) -> bool {
        true
    }
}
