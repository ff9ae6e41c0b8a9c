//! A metric source of a closure.

use std::{fmt, future::Future, time::Duration};

use async_trait::async_trait;
use futures::future::{BoxFuture, FutureExt};

use super::{MetricContext, MetricSource, Query, Reading};
use crate::error::Result;

type Observe = Box<dyn Fn(Query, MetricContext) -> BoxFuture<'static, Result<Reading>> + Send + Sync>;

/// A metric source from an async closure, which does what [`MetricSource::observe`] must. Its data is complete at once, and windows of the
/// past cannot be asked for, unless told otherwise.
///
/// Your own metric source, over a log of requests:
/// ```
/// use std::{collections::VecDeque, sync::{Arc, Mutex}, time::Duration};
/// use deployment_core::{
///     RevisionId, Timestamp, judge::Threshold, metric::{self, Measurement, MetricSource, Query, Reading},
///     testkit::{assert_none, conformance, sample}, time::Window, watch::Watch,
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// // When, which revision, and whether it was an error. What is not in the log did not happen.
/// let log: Arc<Mutex<VecDeque<(Timestamp, RevisionId, bool)>>> = Arc::default();
/// let requests = log.clone();
/// let source = metric::from_fn("the request log", move |_query, asked| {
///     let reading = if asked.window.to > asked.deployment.now {
///         Reading::NoData { reason: "the future is not logged".into() }
///     } else {
///         let log = requests.lock().unwrap();
///         let inside = log.iter().filter(|(at, revision, _)| *revision == asked.revision && (asked.window.from..asked.window.to).contains(at));
///         Reading::Measured(inside.fold(Measurement::default(), |sum, (_, _, failed)| Measurement {
///             requests: sum.requests + 1, errors: sum.errors + u64::from(*failed), ..sum
///         }))
///     };
///     async { Ok(reading) }
/// })
/// .with_backfill();
///
/// let revision = RevisionId::new("v2")?;
/// let ago = |seconds| sample::NOON - Duration::from_secs(seconds);
/// log.lock().unwrap().extend((1..=60).map(|second| (ago(second), revision.clone(), second % 10 == 0)));
/// let context = sample::metric(sample::NOON, &revision, Window { from: ago(60), to: sample::NOON });
/// assert_none(&conformance::metric::check(&source, &Query::default(), &context).await);
/// assert_eq!(source.observe(&Query::default(), &context).await?.measured().map(|seen| (seen.requests, seen.errors)), Some((60, 6)));
///
/// let watch = Watch::metrics(source, Query::default(), Threshold::error_rate(5.0)?);
/// assert!(watch.describe().starts_with("the request log: "));
/// # Ok(()) }
/// ```
pub fn from_fn<F, R>(description: impl Into<String>, observe: F) -> MetricFn
where
    F: Fn(Query, MetricContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Reading>> + Send + 'static,
{
    let observe: Observe = Box::new(move |query, context| observe(query, context).boxed());
    MetricFn { description: description.into(), observe, lag: Duration::ZERO, backfill: false }
}

/// What [`from_fn`] makes: a metric source of a closure.
pub struct MetricFn {
    description: String,
    observe: Observe,
    lag: Duration,
    backfill: bool,
}

impl MetricFn {
    /// How long after a moment its data is complete, for [`MetricSource::lag`].
    #[must_use]
    pub fn complete_after(mut self, lag: Duration) -> Self {
        self.lag = lag;
        self
    }

    /// Windows of the past can be asked for, for [`MetricSource::can_backfill`].
    #[must_use]
    pub fn with_backfill(mut self) -> Self {
        self.backfill = true;
        self
    }
}

impl fmt::Debug for MetricFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MetricFn").field(&self.description).finish()
    }
}

#[async_trait]
impl MetricSource for MetricFn {
    fn describe(&self) -> String {
        self.description.clone()
    }

    async fn observe(&self, query: &Query, context: &MetricContext) -> Result<Reading> {
        (self.observe)(query.clone(), context.clone()).await
    }

    fn lag(&self) -> Duration {
        self.lag
    }

    fn can_backfill(&self) -> bool {
        self.backfill
    }
}
