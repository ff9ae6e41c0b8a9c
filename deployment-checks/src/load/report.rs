//! What a load test has shown.

use std::{fmt, time::Duration};

use deployment_core::Percent;
use serde::{Deserialize, Serialize};

use super::micros;

/// What a load test has shown, as data. Durations are stored in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// How long was measured: the time in which requests were due.
    #[serde(with = "micros")]
    pub duration: Duration,
    /// Requests that were due.
    pub scheduled: u64,
    /// Of these, those that were sent.
    pub sent: u64,
    /// Of these, those that were sent before the measured time was over: what the rate is made of.
    pub sent_in_time: u64,
    /// Of those that were sent, those with a good answer.
    pub good: u64,
    /// Of these, those that came before the measured time was over: what the throughput is made of.
    pub good_in_time: u64,
    /// Those without: a bad answer, none in time, no connection, no place among the open ones.
    pub failed: u64,
    /// Requests that had to wait because too many were open.
    pub held: u64,
    /// From the moment at which a request was due to its end, or until it was given up because there was no place for it.
    pub latency: Quantiles,
    /// From the moment at which a request was sent to its end.
    pub service: Quantiles,
    /// From the moment at which a request was due until it was sent.
    pub lag: Quantiles,
    /// Why requests failed, and how often each.
    pub failures: Vec<(String, u64)>,
    /// What happened in each second.
    pub series: Vec<Second>,
}

/// Times of many requests: nearest rank, with 3 significant digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Quantiles {
    /// Half took no longer.
    #[serde(with = "micros")]
    pub p50: Duration,
    /// 90 % took no longer.
    #[serde(with = "micros")]
    pub p90: Duration,
    /// 95 % took no longer.
    #[serde(with = "micros")]
    pub p95: Duration,
    /// 99 % took no longer.
    #[serde(with = "micros")]
    pub p99: Duration,
    /// 99.9 % took no longer.
    #[serde(with = "micros")]
    pub p999: Duration,
    /// The longest.
    #[serde(with = "micros")]
    pub max: Duration,
    /// The arithmetic mean.
    #[serde(with = "micros")]
    pub mean: Duration,
}

/// What happened in one second of a load test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Second {
    /// Which, from 0 at the start of the measured time.
    pub second: u32,
    /// Requests sent in it.
    pub sent: u64,
    /// Requests that ended in it with a good answer.
    pub good: u64,
    /// Requests that ended in it without.
    pub failed: u64,
    /// How long those that ended in it took, from when they were due.
    pub latency: Quantiles,
}

impl LoadReport {
    /// The rate at which requests were due, per second.
    #[must_use]
    pub fn due_rate(&self) -> f64 {
        self.per_second(self.scheduled)
    }

    /// The rate at which they were sent, per second.
    #[must_use]
    pub fn sent_rate(&self) -> f64 {
        self.per_second(self.sent_in_time)
    }

    /// Good answers per second of the measured time, within that time.
    #[must_use]
    pub fn throughput(&self) -> f64 {
        self.per_second(self.good_in_time)
    }

    /// The share that failed of those that were due, rounded up: one failure is never 0 %.
    #[must_use]
    pub fn error_rate(&self) -> Percent {
        let share = self.failed.saturating_mul(10_000).div_ceil(self.scheduled.max(1));
        u16::try_from(share).ok().and_then(|share| Percent::try_from(share).ok()).unwrap_or(Percent::ALL)
    }

    /// Whether at least 98 % of the requests were sent in the time in which they were due.
    #[must_use]
    pub fn kept_the_rate(&self) -> bool {
        self.sent_in_time as f64 >= 0.98 * self.scheduled as f64
    }

    fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.duration.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// One line.
impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Quantiles { p50, p95, p99, .. } = self.latency;
        write!(f, "{:.1} of {:.1} requests per second for {} s: ", self.sent_rate(), self.due_rate(), self.duration.as_secs())?;
        write!(f, "{} good, {} failed ({}), ", self.good, self.failed, self.error_rate())?;
        write!(f, "p50 {} ms, p95 {} ms, p99 {} ms", p50.as_millis(), p95.as_millis(), p99.as_millis())
    }
}
