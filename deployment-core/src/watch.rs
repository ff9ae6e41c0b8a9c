//! A [`Watch`]: what looks at a candidate, joined with the judge that decides.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    health::HealthCheck,
    judge::{Judge, Tolerance},
    metric::{MetricSource, Query},
};

/// Something that looks at a candidate, and the judge that decides what it means.
///
/// Everything that can turn a bake red is one: metrics with a rule or a statistic, a health check that fails repeatedly, a suite, a
/// critical path, an alert.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::{health::{self, HealthReport}, judge::Tolerance, watch::Watch};
///
/// let alive = health::from_fn("login works", |_| async { Ok(HealthReport::healthy("200 in 12 ms")) });
/// let watch = Watch::health(alive, Tolerance::times(3)).timeout(Duration::from_secs(5));
/// assert_eq!(watch.describe(), "login works: unhealthy 3 times in a row");
/// ```
#[derive(Clone)]
pub struct Watch {
    pub(crate) probe: Probe,
    pub(crate) judge: Arc<dyn Judge>,
    pub(crate) timeout: Duration,
}

#[derive(Clone)]
pub(crate) enum Probe {
    Metrics { source: Arc<dyn MetricSource>, query: Query },
    Health(Arc<dyn HealthCheck>),
}

impl Watch {
    /// Watches metrics of the candidate, and of the stable revision beside it.
    #[must_use]
    pub fn metrics(source: impl MetricSource, query: Query, judge: impl Judge) -> Self {
        Self::of(Probe::Metrics { source: Arc::new(source), query }, Arc::new(judge))
    }

    /// Watches a health check.
    #[must_use]
    pub fn health(check: impl HealthCheck, tolerance: Tolerance) -> Self {
        Self::of(Probe::Health(Arc::new(check)), Arc::new(tolerance))
    }

    fn of(probe: Probe, judge: Arc<dyn Judge>) -> Self {
        Self { probe, judge, timeout: Duration::from_secs(10) }
    }

    /// How long one look may take: 10 s, unless told otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What it looks at and what it decides, without secrets.
    #[must_use]
    pub fn describe(&self) -> String {
        let what = match &self.probe {
            Probe::Metrics { source, query } if query.0.is_empty() => source.describe(),
            Probe::Metrics { source, query } => format!("{} [{}]", source.describe(), query.0),
            Probe::Health(check) => check.describe(),
        };
        format!("{what}: {}", self.judge.describe())
    }

    /// Whether it can say something only while the stable revision has traffic.
    #[must_use]
    pub fn needs_baseline(&self) -> bool {
        self.judge.needs_baseline()
    }

    /// Whether windows of the past can still be looked at.
    #[must_use]
    pub fn can_backfill(&self) -> bool {
        match &self.probe {
            Probe::Metrics { source, .. } => source.can_backfill(),
            Probe::Health(_) => false,
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.describe()).finish()
    }
}
