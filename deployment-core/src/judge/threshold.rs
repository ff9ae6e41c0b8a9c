//! An absolute limit.

use std::time::Duration;

use super::{Judge, JudgeRun, Observation, Seen, Verdict, held::Held};
use crate::{error::Result, metric::Measurement, share::Percent};

/// Fails a candidate whose error rate or latency stays above an absolute limit for a duration.
///
/// This is the rule of deployment guides ("error rate > 5 % for 5 min"), not a statistical test: it says nothing about false alarms.
/// A window without data is skipped: it neither continues nor breaks a breach. A window with fewer than the minimum of samples is added to
/// the next one.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::judge::{Judge, Threshold};
///
/// let judge = Threshold::latency(0.95, Duration::from_secs(3)).held_for(Duration::from_secs(300));
/// assert_eq!(judge.describe(), "p95 latency > 3 s for 300 s, at least 1 samples");
/// ```
#[derive(Debug, Clone)]
pub struct Threshold {
    limit: Limit,
    held_for: Duration,
    min_samples: u64,
}

#[derive(Debug, Clone, Copy)]
enum Limit {
    ErrorRate(Percent),
    Latency { quantile: f64, limit: Duration },
}

impl Threshold {
    /// The error rate must not exceed this, in percent.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if it is not from 0 to 100.
    pub fn error_rate(percent: f64) -> Result<Self> {
        Ok(Self::of(Limit::ErrorRate(Percent::new(percent)?)))
    }

    /// The latency at this quantile (0 to 1) must not exceed this.
    #[must_use]
    pub fn latency(quantile: f64, limit: Duration) -> Self {
        Self::of(Limit::Latency { quantile: quantile.clamp(0.0, 1.0), limit })
    }

    fn of(limit: Limit) -> Self {
        Self { limit, held_for: Duration::ZERO, min_samples: 1 }
    }

    /// The breach must last this long without a break; zero (default) fails at the first window in breach.
    #[must_use]
    pub fn held_for(mut self, duration: Duration) -> Self {
        self.held_for = duration;
        self
    }

    /// No verdict from fewer requests than this, and at the end inconclusive.
    #[must_use]
    pub fn min_samples(mut self, samples: u64) -> Self {
        self.min_samples = samples.max(1);
        self
    }
}

impl Limit {
    fn describe(self) -> String {
        match self {
            Self::ErrorRate(limit) => format!("error rate > {limit}"),
            Self::Latency { quantile, limit } => format!("p{} latency > {} s", quantile * 100.0, limit.as_secs_f64()),
        }
    }

    /// What is measured, in words, if it is in breach.
    fn breach(self, seen: &Measurement) -> Option<String> {
        match self {
            Self::ErrorRate(limit) => {
                let over = u128::from(seen.errors) * 10_000 > u128::from(seen.requests) * u128::from(limit.basis_points());
                over.then(|| format!("{} errors of {} requests ({:.2} %)", seen.errors, seen.requests, rate(seen)))
            }
            Self::Latency { quantile, limit } => {
                let value = seen.latency.quantile(quantile)?;
                (value > limit).then(|| format!("p{} is {} ms over {} requests", quantile * 100.0, value.as_millis(), seen.requests))
            }
        }
    }
}

pub(super) fn rate(seen: &Measurement) -> f64 {
    if seen.requests == 0 { 0.0 } else { seen.errors as f64 * 100.0 / seen.requests as f64 }
}

impl Judge for Threshold {
    fn describe(&self) -> String {
        format!("{} for {} s, at least {} samples", self.limit.describe(), self.held_for.as_secs_f64(), self.min_samples)
    }

    fn begin(&self) -> Box<dyn JudgeRun> {
        Box::new(Run { rule: self.clone(), held: Held::default(), small: None, samples: 0, failed: None })
    }
}

#[derive(Debug)]
struct Run {
    rule: Threshold,
    held: Held,
    /// What windows with too few samples have added up to.
    small: Option<(crate::time::Timestamp, Measurement)>,
    samples: u64,
    failed: Option<String>,
}

impl JudgeRun for Run {
    fn observe(&mut self, observation: &Observation) -> Verdict {
        if let Some(reason) = &self.failed {
            return Verdict::Fail { reason: reason.clone() };
        }
        let Seen::Metrics { candidate, .. } = &observation.seen else { return Verdict::Continue };
        let Some(seen) = candidate.measured() else { return Verdict::Continue };
        self.samples = self.samples.saturating_add(seen.requests);
        let (from, seen) = match self.small.take() {
            Some((from, earlier)) => (from, sum(&earlier, seen)),
            None => (observation.window.from, seen.clone()),
        };
        if seen.requests < self.rule.min_samples {
            self.small = Some((from, seen));
            return Verdict::Continue;
        }
        let Some(breach) = self.rule.limit.breach(&seen) else {
            self.held.clear();
            return Verdict::Continue;
        };
        let window = crate::time::Window { from, to: observation.window.to };
        let (lasted, _) = self.held.breach(window);
        if lasted < self.rule.held_for {
            return Verdict::Continue;
        }
        let reason = format!("{}: {breach}, held for {} s", self.rule.limit.describe(), lasted.as_secs_f64());
        self.failed = Some(reason.clone());
        Verdict::Fail { reason }
    }

    fn finish(&mut self) -> Verdict {
        match &self.failed {
            Some(reason) => Verdict::Fail { reason: reason.clone() },
            None if self.samples < self.rule.min_samples => Verdict::Inconclusive {
                reason: format!("{} samples, {} are needed ({})", self.samples, self.rule.min_samples, self.rule.limit.describe()),
            },
            None => Verdict::Continue,
        }
    }
}

pub(super) fn sum(one: &Measurement, other: &Measurement) -> Measurement {
    Measurement {
        requests: one.requests.saturating_add(other.requests),
        errors: one.errors.saturating_add(other.errors),
        latency: one.latency.merged(&other.latency),
    }
}
