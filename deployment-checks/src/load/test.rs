//! A load test, and its options.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Error, Result,
    health::{HealthCheck, HealthContext},
};

use super::{Arrivals, LoadLimits, LoadReport, run};

/// Sends requests at a rate, and measures them.
///
/// It is a health check itself: healthy if the [`LoadLimits`] are kept, unhealthy with every limit that is not, and an error if this machine
/// could not send as often as asked. A watch or a suite must give it time: see [`budget`](LoadTest::budget).
///
/// ```
/// use std::time::Duration;
/// use deployment_checks::load::{Arrivals, LoadLimits, LoadTest};
/// use deployment_core::health::{self, HealthReport};
///
/// let search = health::from_fn("search", |_| async { Ok(HealthReport::healthy("200")) });
/// let test = LoadTest::new(search, 200.0, Duration::from_secs(60))?
///     .warm_up(Duration::from_secs(5))
///     .arrivals(Arrivals::Poisson { seed: 1 })
///     .limits(LoadLimits::default().p95(Duration::from_millis(300)));
/// assert_eq!(test.budget(), Duration::from_secs(75));
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LoadTest {
    pub(super) check: Arc<dyn HealthCheck>,
    pub(super) rate: f64,
    pub(super) duration: Duration,
    pub(super) warm_up: Duration,
    pub(super) arrivals: Arrivals,
    pub(super) timeout: Duration,
    pub(super) open: usize,
    pub(super) limits: LoadLimits,
}

/// The highest rate, per second.
const FASTEST: f64 = 100_000.0;
/// The longest measured time.
const LONGEST: Duration = Duration::from_secs(60 * 60);

impl LoadTest {
    /// Calls `check` `rate` times per second for `duration`.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if the rate is not above 0 and at most 100 000 per second, or the duration
    /// not from 1 s to 1 h.
    pub fn new(check: impl HealthCheck, rate: f64, duration: Duration) -> Result<Self> {
        Self::shared(Arc::new(check), rate, duration)
    }

    /// As [`new`](Self::new), of a check that is used elsewhere too.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn shared(check: Arc<dyn HealthCheck>, rate: f64, duration: Duration) -> Result<Self> {
        if !(rate > 0.0 && rate <= FASTEST) {
            return Err(Error::invalid("rate", format!("{rate} requests per second is not above 0 and at most {FASTEST}")));
        }
        if !(Duration::from_secs(1)..=LONGEST).contains(&duration) {
            return Err(Error::invalid("duration", format!("{} s is not from 1 s to 3600 s", duration.as_secs_f64())));
        }
        Ok(Self {
            check,
            rate,
            duration,
            warm_up: Duration::ZERO,
            arrivals: Arrivals::default(),
            timeout: Duration::from_secs(10),
            open: 10_000,
            limits: LoadLimits::default(),
        })
    }

    /// Sends at the same rate for this long before it measures, at most an hour: not at all, unless told otherwise.
    #[must_use]
    pub fn warm_up(mut self, warm_up: Duration) -> Self {
        self.warm_up = warm_up.min(LONGEST);
        self
    }

    /// When requests are due: evenly, unless told otherwise.
    #[must_use]
    pub fn arrivals(mut self, arrivals: Arrivals) -> Self {
        self.arrivals = arrivals;
        self
    }

    /// How long a request may take from when it is sent, at most an hour; then it is cut off and has failed: 10 s, unless told otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(LONGEST);
        self
    }

    /// How many requests may be open at once, at least one: 10 000, unless told otherwise. More wait, and their time runs.
    #[must_use]
    pub fn open(mut self, most: usize) -> Self {
        self.open = most.max(1);
        self
    }

    /// What it must show: see [`LoadLimits`].
    #[must_use]
    pub fn limits(mut self, limits: LoadLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The longest that it takes: warm-up, measured time, and the time that the last requests may take.
    #[must_use]
    pub fn budget(&self) -> Duration {
        self.warm_up + self.duration + self.timeout
    }

    /// Runs it. Dropping the future ends every open request.
    ///
    /// # Errors
    /// [`Failed`](deployment_core::ErrorKind::Failed) if no histogram can be made,
    /// [`RateLimited`](deployment_core::ErrorKind::RateLimited) if this machine has no thread for it. Requests that fail are in the report.
    pub async fn run(&self, context: &HealthContext) -> Result<LoadReport> {
        run::run(self, context).await
    }
}
