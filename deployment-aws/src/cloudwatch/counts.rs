//! Which metrics say what a revision did.

use deployment_core::{Error, Percent, Result};

use super::{
    metric::{Metric, Statistic},
    target_group::TargetGroup,
};

/// What counts connections that were refused or timed out.
const FAILED_CONNECTIONS: &str = "TargetConnectionErrorCount";

/// What a latency metric is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LatencyUnit {
    /// Seconds, as load balancers have it.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
}

impl LatencyUnit {
    /// `value` in microseconds, rounded up; `None` if it is no time.
    pub(super) fn micros(self, value: f64) -> Option<u64> {
        let factor = match self {
            Self::Seconds => 1e6,
            Self::Milliseconds => 1e3,
            Self::Microseconds => 1.0,
        };
        // What decimal fractions cannot say exactly is no microsecond more.
        (value.is_finite() && value >= 0.0).then(|| (value * factor - 1e-3).ceil().max(0.0) as u64)
    }
}

/// How long requests took.
#[derive(Debug, Clone)]
pub(super) struct Latencies {
    pub(super) metric: Metric,
    pub(super) unit: LatencyUnit,
    pub(super) quantiles: Vec<Percent>,
}

/// Requests that were counted and have no response time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    Ignored,
    Errors,
}

/// Which metrics say what one revision did: requests, errors, latencies.
///
/// How they are read is described in [`cloudwatch`](super#counting).
///
/// ```
/// use deployment_aws::cloudwatch::{Counts, LatencyUnit, Metric, TargetGroup};
///
/// let blue = TargetGroup::new("app/web/50dc6c495c0c9188", "targetgroup/blue/73e2d6bc24d8a067")?;
/// let counts = Counts::target_group(&blue);
///
/// let of = |name| Metric::new("Shop", name).dimension("Revision", "7");
/// let own = Counts::new(of("Requests")).errors(of("Failures")).latency(of("Duration"), LatencyUnit::Milliseconds);
/// # let _ = (counts, own);
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Counts {
    pub(super) requests: Metric,
    pub(super) errors: Vec<Metric>,
    pub(super) latency: Option<Latencies>,
    pub(super) witness: Option<Metric>,
    pub(super) unanswered: Unanswered,
}

impl Counts {
    /// `requests` alone: its `Sum` is how many there were.
    pub fn new(requests: Metric) -> Self {
        Self { requests, errors: Vec::new(), latency: None, witness: None, unanswered: Unanswered::Ignored }
    }

    /// A target group's, as its load balancer counts them: `RequestCount`; errors are `HTTPCode_Target_5XX_Count` and
    /// `TargetConnectionErrorCount`; latencies are `TargetResponseTime`; the witness is `HealthyHostCount`.
    ///
    /// A request that a target took and never answered is in none of the errors: the load balancer counts its own 502 and 504 for no target
    /// group. See [`unanswered_fail`](Self::unanswered_fail), and watch `HTTPCode_ELB_5XX_Count` by [`Limits`](super::Limits).
    pub fn target_group(group: &TargetGroup) -> Self {
        let of = |name| Metric::target_group(group, name);
        Self::new(of("RequestCount"))
            .errors(of("HTTPCode_Target_5XX_Count"))
            .errors(of(FAILED_CONNECTIONS))
            .latency(of("TargetResponseTime"), LatencyUnit::Seconds)
            .witness(of("HealthyHostCount"))
    }

    /// Counts this metric's `Sum` as errors too. It need not have a datapoint where the requests have one: then there were none.
    pub fn errors(mut self, metric: Metric) -> Self {
        self.errors.push(metric);
        self
    }

    /// Latencies, published sample by sample. Their quantiles are p50, p95 and p99 unless [told otherwise](Self::quantiles).
    pub fn latency(mut self, metric: Metric, unit: LatencyUnit) -> Self {
        let quantiles = [5_000, 9_500, 9_900].map(|share| Percent::try_from(share).unwrap_or(Percent::ALL));
        self.latency = Some(Latencies { metric, unit, quantiles: quantiles.into() });
        self
    }

    /// Which quantiles of the latencies are read, in percent: those that judges ask for. Those beyond three are charged for as further metrics.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if there are no latencies, or none or more than 20 are given.
    pub fn quantiles(mut self, quantiles: impl IntoIterator<Item = Percent>) -> Result<Self> {
        let Some(latency) = &mut self.latency else {
            return Err(Error::invalid("quantiles", "there are no latencies; name their metric first"));
        };
        latency.quantiles = quantiles.into_iter().collect();
        latency.quantiles.sort_unstable();
        latency.quantiles.dedup();
        if latency.quantiles.is_empty() || latency.quantiles.len() > 20 {
            return Err(Error::invalid("quantiles", format!("{} of them; give 1 to 20", latency.quantiles.len())));
        }
        Ok(self)
    }

    /// A metric that has datapoints whether there are requests or not: where it has one and the requests have none, there were no requests.
    /// Without one, a period without requests is *no data*.
    pub fn witness(mut self, metric: Metric) -> Self {
        self.witness = Some(metric);
        self
    }

    /// Counts requests that have no response time as errors, instead of failed connections: what crashes in the middle of a request is seen.
    /// So are clients that go away before the answer, and long requests appear as errors until they are answered: for short requests.
    pub fn unanswered_fail(mut self) -> Self {
        self.errors.retain(|metric| metric.name() != FAILED_CONNECTIONS);
        self.unanswered = Unanswered::Errors;
        self
    }

    /// Everything to ask for.
    pub(super) fn asked(&self) -> Vec<(Metric, Statistic)> {
        let mut asked = vec![(self.requests.clone(), Statistic::Sum)];
        asked.extend(self.errors.iter().map(|metric| (metric.clone(), Statistic::Sum)));
        asked.extend(self.witness.iter().map(|metric| (metric.clone(), Statistic::SampleCount)));
        if let Some(Latencies { metric, quantiles, .. }) = &self.latency {
            let quantiles = quantiles.iter().map(|share| Statistic::Percentile(*share));
            let all = [Statistic::SampleCount, Statistic::Maximum].into_iter().chain(quantiles);
            asked.extend(all.map(|statistic| (metric.clone(), statistic)));
        }
        asked
    }
}
