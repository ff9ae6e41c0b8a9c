//! The metrics of a simulated platform's traffic.

use std::{ops::Range, time::Duration};

use async_trait::async_trait;

use super::target::MemoryTarget;
use crate::{
    error::Result,
    metric::{MetricContext, MetricSource, Query, Reading},
};

/// Requests, errors and latencies of a [`MemoryTarget`]'s revisions, computed from time and split.
///
/// Windows are placed by the time at which the context says that it asks. Past windows can be asked for, as far back as the target
/// remembers its routes.
#[derive(Debug, Clone)]
pub struct MemoryMetrics {
    target: MemoryTarget,
    lag: Duration,
    late: Duration,
    silent: Option<Range<Duration>>,
    backfill: Backfill,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backfill {
    Offered,
    Refused,
}

impl MemoryMetrics {
    pub(super) fn of(target: MemoryTarget) -> Self {
        Self { target, lag: Duration::ZERO, late: Duration::ZERO, silent: None, backfill: Backfill::Offered }
    }

    /// Data is complete this long after the fact, and the source says so.
    #[must_use]
    pub fn complete_after(mut self, lag: Duration) -> Self {
        self.lag = lag;
        self
    }

    /// Data comes this much later than the source says.
    #[must_use]
    pub fn late(mut self, late: Duration) -> Self {
        self.late = late;
        self
    }

    /// There is no data for anything that reaches into this stretch of time since the target was built.
    #[must_use]
    pub fn silent(mut self, stretch: Range<Duration>) -> Self {
        self.silent = Some(stretch);
        self
    }

    /// The source does not offer windows of the past.
    #[must_use]
    pub fn without_backfill(mut self) -> Self {
        self.backfill = Backfill::Refused;
        self
    }
}

fn no_data(reason: impl Into<String>) -> Result<Reading> {
    Ok(Reading::NoData { reason: reason.into() })
}

#[async_trait]
impl MetricSource for MemoryMetrics {
    fn describe(&self) -> String {
        use crate::target::Target;
        format!("metrics of {}", self.target.describe())
    }

    async fn observe(&self, _query: &Query, context: &MetricContext) -> Result<Reading> {
        let world = self.target.world();
        let asked = context.deployment.now;
        let ago = |moment| world.now.checked_sub(asked.since(moment));
        let (Some(from), Some(to)) = (ago(context.window.from), ago(context.window.to)) else {
            return no_data("the target did not exist yet");
        };
        if context.window.to > asked || to + self.lag + self.late > world.now {
            return no_data("the data is late");
        }
        if self.silent.as_ref().is_some_and(|silent| from < silent.end && to > silent.start) {
            return no_data("nothing was recorded");
        }
        match world.traffic.measure(&context.revision, from, to) {
            Some(measurement) => Ok(Reading::Measured(measurement)),
            None => no_data("it is too long ago"),
        }
    }

    fn lag(&self) -> Duration {
        self.lag
    }

    fn can_backfill(&self) -> bool {
        self.backfill == Backfill::Offered
    }
}
