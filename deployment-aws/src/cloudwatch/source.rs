//! The metric source.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_core::{
    Error, Result,
    metric::{MetricContext, MetricSource, Query, Reading},
};

use super::{
    client::CloudWatch,
    counts::Counts,
    measure::measure,
    period::{Period, Periods},
};

/// How long after a period its data is complete. Elastic Load Balancing sends its metrics every 60 seconds, and what is put into a new metric
/// can be read within two minutes. AWS promises neither.
///
/// Sources: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>,
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/cli/cli-mon-put-data.html>.
pub(super) const DELAY: Duration = Duration::from_secs(180);

type Map = dyn Fn(&MetricContext) -> Option<Counts> + Send + Sync;

/// A [`MetricSource`] over CloudWatch: requests, errors and latencies of a revision, by one `GetMetricData` per measurement.
///
/// How datapoints become a measurement is described in [`cloudwatch`](super#counting). It answers the empty query only. Windows of the past
/// can be asked for, as long as CloudWatch keeps them: 15 days by the minute.
///
/// ```no_run
/// use std::{collections::BTreeMap, sync::Arc, time::Duration};
/// use deployment_aws::cloudwatch::{CloudWatch, CloudWatchSource, Counts, TargetGroup};
/// use deployment_core::{RevisionId, judge::{RatioToBaseline, Threshold}, metric::Query, watch::Watch};
///
/// # async fn example(groups: BTreeMap<RevisionId, TargetGroup>) -> deployment_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// let cloudwatch = CloudWatch::new(&config);
/// let source = CloudWatchSource::new(&cloudwatch, "requests by target group", move |context| {
///     groups.get(&context.revision).map(Counts::target_group)
/// });
/// let errors = Threshold::error_rate(5.0)?.held_for(Duration::from_secs(300)).min_samples(100);
/// let watch = Watch::metrics(Arc::new(source), Query::default(), errors);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct CloudWatchSource {
    cloudwatch: CloudWatch,
    description: String,
    map: Arc<Map>,
    period: Period,
    delay: Duration,
}

impl CloudWatchSource {
    /// A source of what `map` says of a revision; `None` for one that it does not know. `description` says in words what that is: it is part
    /// of the plan that is approved.
    pub fn new(
        cloudwatch: &CloudWatch,
        description: impl Into<String>,
        map: impl Fn(&MetricContext) -> Option<Counts> + Send + Sync + 'static,
    ) -> Self {
        let (cloudwatch, description) = (cloudwatch.clone(), description.into());
        Self { cloudwatch, description, map: Arc::new(map), period: Period::MINUTE, delay: DELAY }
    }

    /// The periods that are read, and that windows are made of. Default: a minute. Quantiles are exact of a window of one period.
    #[must_use]
    pub fn period(mut self, period: Period) -> Self {
        self.period = period;
        self
    }

    /// How long after a period its data is complete. Default: 3 minutes. What comes later than that is missed.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

impl fmt::Debug for CloudWatchSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CloudWatchSource").field(&self.describe()).finish()
    }
}

fn no_data(reason: impl Into<String>) -> Result<Reading> {
    Ok(Reading::NoData { reason: reason.into() })
}

#[async_trait]
impl MetricSource for CloudWatchSource {
    fn describe(&self) -> String {
        let Self { cloudwatch, description, period, .. } = self;
        format!("{description}, of CloudWatch in {}, by {period}", cloudwatch.region())
    }

    async fn observe(&self, query: &Query, context: &MetricContext) -> Result<Reading> {
        if !query.0.is_empty() {
            return Err(Error::invalid(
                "query",
                format!("{:?} is not known; ask the empty one, and make a source for each other", query.0),
            ));
        }
        let Some(periods) = Periods::of(context.window, self.period) else {
            return no_data(format!("no period of {} ends in the window", self.period));
        };
        if periods.to + self.delay > context.deployment.now {
            return no_data(format!("the data is not complete before {}", periods.to + self.delay));
        }
        let Some(counts) = (self.map)(context) else {
            return no_data(format!("no metrics are named for {}", context.revision));
        };
        let data = self.cloudwatch.read(counts.asked(), periods).await?;
        measure(&counts, &data, periods)
    }

    fn lag(&self) -> Duration {
        self.delay
    }

    fn resolution(&self) -> Duration {
        self.period.length()
    }

    fn can_backfill(&self) -> bool {
        true
    }
}
