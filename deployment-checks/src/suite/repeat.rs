//! One check many times, several at once: a small performance test.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_core::{
    Error, ErrorKind, Percent, Result,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
};
use futures::{FutureExt, StreamExt, stream};
use tokio::time::Instant;

use crate::look::guarded;

/// Runs a check many times, several at once, and judges the share that was well and how long they took.
///
/// Each of the `at_once` users asks again as soon as it has an answer (a closed model), so that a slow server is asked less often. To learn
/// what a given *rate* of requests does, use a load test instead.
///
/// ```
/// use std::time::Duration;
/// use deployment_checks::suite::{Repeated, Suite, Test};
/// use deployment_core::health::{self, HealthReport};
///
/// let search = health::from_fn("search", |_| async { Ok(HealthReport::healthy("200")) });
/// let fast = Repeated::new(search).times(50).p95(Duration::from_millis(500));
/// let suite = Suite::performance().test(Test::new("search is fast", fast));
/// # let _ = suite;
/// ```
#[derive(Debug, Clone)]
pub struct Repeated {
    check: Arc<dyn HealthCheck>,
    times: u32,
    at_once: usize,
    success: Percent,
    p95: Option<Duration>,
}

/// How many users there are at once, unless told otherwise: the operations guides' figure.
const USERS: usize = 10;

impl Repeated {
    /// 100 times, 10 at once, of which 99 % must be well.
    #[must_use]
    pub fn new(check: impl HealthCheck) -> Self {
        Self::shared(Arc::new(check))
    }

    /// As [`new`](Repeated::new), of a check that is used elsewhere too.
    #[must_use]
    pub fn shared(check: Arc<dyn HealthCheck>) -> Self {
        let success = Percent::try_from(9_900).unwrap_or(Percent::ALL);
        Self { check, times: 100, at_once: USERS, success, p95: None }
    }

    /// How often in all, 1 to 100 000: 100, unless told otherwise.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// How many at once, 1 to 1 000: 10, unless told otherwise.
    #[must_use]
    pub fn at_once(mut self, users: usize) -> Self {
        self.at_once = users;
        self
    }

    /// The share that must be well: 99 %, unless told otherwise.
    #[must_use]
    pub fn success(mut self, share: Percent) -> Self {
        self.success = share;
        self
    }

    /// 95 % of the calls that were well must not have taken longer: no limit, unless told otherwise.
    #[must_use]
    pub fn p95(mut self, limit: Duration) -> Self {
        self.p95 = Some(limit);
        self
    }

    /// What is wrong with it, if anything; the check says so too when it is run.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if a number is out of its range.
    pub fn validate(&self) -> Result<()> {
        if !(1..=100_000).contains(&self.times) {
            return Err(Error::invalid("times", format!("{} is not from 1 to 100000", self.times)));
        }
        if !(1..=1_000).contains(&self.at_once) {
            return Err(Error::invalid("at_once", format!("{} is not from 1 to 1000", self.at_once)));
        }
        Ok(())
    }

    async fn once(&self, context: &HealthContext) -> (Result<HealthReport>, Duration) {
        let began = Instant::now();
        let panicked = || Err(Error::new(ErrorKind::Failed, "repeat", "the check panicked"));
        (guarded(self.check.as_ref(), context).await.unwrap_or_else(panicked), began.elapsed())
    }

    fn judge(&self, calls: Vec<(Result<HealthReport>, Duration)>, took: Duration) -> Result<HealthReport> {
        let (mut latencies, mut bad, mut blind) = (Vec::new(), None, None);
        for (call, took) in calls {
            match call {
                Ok(report) if report.status == HealthStatus::Unhealthy => bad = bad.or(Some(report.evidence)),
                Ok(_) => latencies.push(took),
                Err(error) => blind = blind.or(Some(error)),
            }
        }
        let good = u32::try_from(latencies.len()).unwrap_or(u32::MAX);
        if let (0, None, Some(error)) = (good, &bad, &blind) {
            return Err(Error::new(error.kind(), "repeat", format!("none of {} calls could look: {error}", self.times)));
        }
        latencies.sort_unstable();
        let [p50, p95] = [50, 95].map(|percent| quantile(&latencies, percent));
        let rate = f64::from(self.times) / took.as_secs_f64().max(0.001);
        let mut told = format!(
            "{good} of {} calls were well ({}), p50 {} ms, p95 {} ms, {rate:.1} per second",
            self.times,
            Percent::of(good, self.times),
            p50.as_millis(),
            p95.as_millis()
        );
        let too_few = Percent::of(good, self.times) < self.success;
        if too_few {
            let first = bad.or(blind.map(|error| error.to_string())).unwrap_or_default();
            told = format!("{told}; {} are needed; the first that was not: {first}", self.success);
        }
        let too_slow = self.p95.filter(|limit| p95 > *limit);
        if let Some(limit) = too_slow {
            told = format!("{told}; p95 may be {} ms", limit.as_millis());
        }
        let bad = too_few || too_slow.is_some();
        Ok(HealthReport { latency: took, ..if bad { HealthReport::unhealthy(told) } else { HealthReport::healthy(told) } })
    }
}

/// The smallest latency that this percentage of calls did not exceed (nearest rank); zero if there is none.
fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[async_trait]
impl HealthCheck for Repeated {
    fn describe(&self) -> String {
        let slow = self.p95.map(|limit| format!(", p95 {} ms", limit.as_millis())).unwrap_or_default();
        format!("{} times, {} at once, {} well{slow}: {}", self.times, self.at_once, self.success, self.check.describe())
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        self.validate()?;
        let began = Instant::now();
        let calls = stream::iter(0..self.times).map(|_| self.once(context).boxed()).buffer_unordered(self.at_once).collect().await;
        self.judge(calls, began.elapsed())
    }
}
