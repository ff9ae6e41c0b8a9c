//! Numbers that must stay within limits.

use std::time::Duration;

use async_trait::async_trait;
use deployment_core::{
    Error, ErrorKind, Result, Timestamp,
    health::{HealthCheck, HealthContext, HealthReport},
};

use super::{
    client::CloudWatch,
    data::{Data, MOST_QUERIES},
    metric::{Metric, Statistic},
    period::{Period, Periods},
    source::DELAY,
};

/// What processors, memory and connections may be used at most, in percent: the limit of deployment guides.
const BUSY: f64 = 80.0;

/// One number and its limit.
///
/// ```
/// use deployment_aws::cloudwatch::{Limit, Metric, Statistic};
///
/// let connections = Metric::rds_instance("orders", "DatabaseConnections");
/// let limit = Limit::at_most(connections, Statistic::Maximum, 80.0).percent_of(500.0);
/// assert_eq!(limit.to_string(), "Maximum of AWS/RDS DatabaseConnections {DBInstanceIdentifier=orders} at most 80 % of 500");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Limit {
    metric: Metric,
    statistic: Statistic,
    bound: Bound,
    value: f64,
    whole: Option<f64>,
    zero_beside: Option<Metric>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    AtMost,
    AtLeast,
}

impl Limit {
    /// The statistic must not be above `value`, in the metric's unit.
    pub fn at_most(metric: Metric, statistic: Statistic, value: f64) -> Self {
        Self { metric, statistic, bound: Bound::AtMost, value, whole: None, zero_beside: None }
    }

    /// The statistic must not be below `value`, in the metric's unit.
    pub fn at_least(metric: Metric, statistic: Statistic, value: f64) -> Self {
        Self { bound: Bound::AtLeast, ..Self::at_most(metric, statistic, value) }
    }

    /// The limit is in percent of this: how many connections a database takes, how many bytes of memory it has.
    pub fn percent_of(mut self, whole: f64) -> Self {
        self.whole = Some(whole);
        self
    }

    /// No datapoint is zero where `metric` has one: for what is published only if it is not zero, as a load balancer's errors.
    pub fn zero_beside(mut self, metric: Metric) -> Self {
        self.zero_beside = Some(metric);
        self
    }

    fn read(&self, data: &Data, begin: Timestamp) -> Option<f64> {
        let told = data.at(&self.metric, self.statistic, begin);
        let value = told.or_else(|| {
            let beside = self.zero_beside.as_ref()?;
            data.at(beside, Statistic::SampleCount, begin).map(|_| 0.0)
        });
        let value = value.filter(|value| value.is_finite())?;
        Some(self.whole.map_or(value, |whole| value * 100.0 / whole))
    }

    fn holds(&self, value: f64) -> bool {
        match self.bound {
            Bound::AtMost => value <= self.value,
            Bound::AtLeast => value >= self.value,
        }
    }

    fn fault(&self) -> Option<String> {
        let positive = self.whole.is_none_or(|whole| whole.is_finite() && whole > 0.0);
        (!self.value.is_finite() || !positive).then(|| format!("{self}: give numbers, and a whole above zero"))
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bound = if self.bound == Bound::AtMost { "at most" } else { "at least" };
        write!(f, "{} of {} {bound} {}", self.statistic, self.metric, self.value)?;
        self.whole.map_or(Ok(()), |whole| write!(f, " % of {whole}"))
    }
}

/// A [`HealthCheck`] of numbers in CloudWatch: unhealthy if one of them is beyond its limit in the last period that is complete.
///
/// All numbers are read by one `GetMetricData`. A number that is missing is *cannot look*, unless another one is beyond its limit.
///
/// ```no_run
/// use std::time::Duration;
/// use deployment_aws::cloudwatch::{CloudWatch, Limit, Limits, Metric, Statistic};
/// use deployment_core::{judge::Tolerance, watch::Watch};
///
/// # fn example(cloudwatch: &CloudWatch) -> deployment_core::Result<()> {
/// let errors = Metric::load_balancer("app/web/50dc6c495c0c9188", "HTTPCode_ELB_5XX_Count");
/// let requests = Metric::load_balancer("app/web/50dc6c495c0c9188", "RequestCount");
/// let load = Limits::ecs_service(cloudwatch, "production", "shop")
///     .and(Limit::at_most(errors, Statistic::Sum, 10.0).zero_beside(requests));
/// let watch = Watch::health(load, Tolerance::lasting(Duration::from_secs(300)));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Limits {
    cloudwatch: CloudWatch,
    limits: Vec<Limit>,
    period: Period,
    delay: Duration,
}

impl Limits {
    /// None yet: add them by [`and`](Self::and).
    pub fn new(cloudwatch: &CloudWatch) -> Self {
        Self { cloudwatch: cloudwatch.clone(), limits: Vec::new(), period: Period::MINUTE, delay: DELAY }
    }

    /// A service of ECS: processors and memory at most 80 % of what its tasks reserve, on average over the tasks.
    pub fn ecs_service(cloudwatch: &CloudWatch, cluster: &str, service: &str) -> Self {
        let at_most = |name| Limit::at_most(Metric::ecs_service(cluster, service, name), Statistic::Average, BUSY);
        Self::new(cloudwatch).and(at_most("CPUUtilization")).and(at_most("MemoryUtilization"))
    }

    /// A database instance: processors at most 80 %, and at most 80 % of the connections that it takes (`max_connections`).
    pub fn rds_instance(cloudwatch: &CloudWatch, instance: &str, max_connections: u32) -> Self {
        let of = |name| Metric::rds_instance(instance, name);
        let connections = Limit::at_most(of("DatabaseConnections"), Statistic::Maximum, BUSY).percent_of(max_connections.into());
        Self::new(cloudwatch).and(Limit::at_most(of("CPUUtilization"), Statistic::Average, BUSY)).and(connections)
    }

    /// The same with one more.
    pub fn and(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// What the numbers are told of. Default: a minute.
    pub fn period(mut self, period: Period) -> Self {
        self.period = period;
        self
    }

    /// How long after a period its numbers are there. Default: 3 minutes, as for [`CloudWatchSource::delay`](super::CloudWatchSource::delay).
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    fn asked(&self) -> Result<Vec<(Metric, Statistic)>> {
        let beside = |limit: &Limit| limit.zero_beside.clone().map(|metric| (metric, Statistic::SampleCount));
        let mut asked: Vec<_> = self.limits.iter().map(|limit| (limit.metric.clone(), limit.statistic)).collect();
        asked.extend(self.limits.iter().filter_map(beside));
        if let Some(fault) = self.limits.iter().find_map(Limit::fault) {
            return Err(Error::invalid("limits", fault));
        }
        if asked.is_empty() || asked.len() > MOST_QUERIES {
            return Err(Error::invalid("limits", format!("they ask for {} numbers; give 1 to {MOST_QUERIES}", asked.len())));
        }
        Ok(asked)
    }
}

#[async_trait]
impl HealthCheck for Limits {
    fn describe(&self) -> String {
        let limits: Vec<_> = self.limits.iter().map(ToString::to_string).collect();
        format!("{}, in CloudWatch in {}, by {}", limits.join("; "), self.cloudwatch.region(), self.period)
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        let last = Periods::last(context.deployment.now - self.delay, self.period);
        let data = self.cloudwatch.read(self.asked()?, last).await?;
        let (mut within, mut beyond, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        for limit in &self.limits {
            match limit.read(&data, last.from) {
                None => missing.push(limit.to_string()),
                Some(value) if limit.holds(value) => within.push(format!("{value:.1}: {limit}")),
                Some(value) => beyond.push(format!("{value:.1}: {limit}")),
            }
        }
        let when = format!("in {} from {}", self.period, last.from);
        if !beyond.is_empty() {
            return Ok(HealthReport::unhealthy(format!("{when}: {}", beyond.join("; "))));
        }
        if !missing.is_empty() {
            let message = format!("there is no datapoint {when} for {}", missing.join("; "));
            return Err(self.cloudwatch.named(Error::new(ErrorKind::Failed, "check limits", message)));
        }
        Ok(HealthReport::healthy(format!("{when}: {}", within.join("; "))))
    }
}
