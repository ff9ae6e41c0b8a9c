//! A limit relative to the stable revision.

use std::time::Duration;

use super::{
    Judge, JudgeRun, Observation, Seen, Verdict,
    held::Held,
    threshold::{rate, sum},
};
use crate::{
    error::{Error, Result},
    metric::Measurement,
    time::{Timestamp, Window},
};

/// Fails a candidate whose error rate or latency stays above a multiple of the stable revision's, in the same windows.
///
/// This is the rule of deployment guides ("error rate ≥ 2× baseline", "p95 +25 %"), not a statistical test. A baseline of zero is
/// defined: the candidate's errors are then compared with one error among the baseline's requests, so that a single error against a
/// spotless baseline does not fail it, and a spotless baseline does not pass everything.
///
/// ```
/// use deployment_core::judge::{Judge, RatioToBaseline};
///
/// let judge = RatioToBaseline::latency(0.95, 1.25)?.min_samples(100);
/// assert!(judge.needs_baseline());
/// assert!(RatioToBaseline::error_rate(0.5).unwrap_err().to_string().contains("ratio"));
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RatioToBaseline {
    of: What,
    ratio: f64,
    held_for: Duration,
    min_samples: u64,
}

#[derive(Debug, Clone, Copy)]
enum What {
    ErrorRate,
    Latency(f64),
}

impl RatioToBaseline {
    /// The error rate must stay below `ratio` times the stable's.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if `ratio` is not a number of at least 1.
    pub fn error_rate(ratio: f64) -> Result<Self> {
        Self::of(What::ErrorRate, ratio)
    }

    /// The latency at this quantile (0 to 1) must stay below `ratio` times the stable's: 1.25 is "+25 %".
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if `ratio` is not a number of at least 1.
    pub fn latency(quantile: f64, ratio: f64) -> Result<Self> {
        Self::of(What::Latency(quantile.clamp(0.0, 1.0)), ratio)
    }

    fn of(of: What, ratio: f64) -> Result<Self> {
        if !ratio.is_finite() || ratio < 1.0 {
            return Err(Error::invalid("ratio", format!("{ratio} must be a number of at least 1")));
        }
        Ok(Self { of, ratio, held_for: Duration::ZERO, min_samples: 1 })
    }

    /// The breach must last this long without a break; zero (default) fails at the first window in breach.
    #[must_use]
    pub fn held_for(mut self, duration: Duration) -> Self {
        self.held_for = duration;
        self
    }

    /// No verdict from fewer requests on either side than this, and at the end inconclusive.
    #[must_use]
    pub fn min_samples(mut self, samples: u64) -> Self {
        self.min_samples = samples.max(1);
        self
    }

    /// What is measured, in words, if it is in breach.
    fn breach(&self, candidate: &Measurement, stable: &Measurement) -> Option<String> {
        match self.of {
            What::ErrorRate => {
                let baseline = rate(&Measurement { errors: stable.errors.max(1), ..stable.clone() });
                let over = candidate.errors > 0 && rate(candidate) >= self.ratio * baseline;
                over.then(|| format!("{:.2} % errors against {:.2} %", rate(candidate), rate(stable)))
            }
            What::Latency(quantile) => {
                let (ours, theirs) = (candidate.latency.quantile(quantile)?, stable.latency.quantile(quantile)?);
                let over = ours.as_secs_f64() >= self.ratio * theirs.as_secs_f64() && ours > theirs;
                over.then(|| format!("p{} is {} ms against {} ms", quantile * 100.0, ours.as_millis(), theirs.as_millis()))
            }
        }
    }
}

impl Judge for RatioToBaseline {
    fn describe(&self) -> String {
        let what = match self.of {
            What::ErrorRate => "error rate".into(),
            What::Latency(quantile) => format!("p{} latency", quantile * 100.0),
        };
        format!("{what} ≥ {}× stable for {} s, at least {} samples", self.ratio, self.held_for.as_secs_f64(), self.min_samples)
    }

    fn begin(&self) -> Box<dyn JudgeRun> {
        Box::new(Run { rule: self.clone(), held: Held::default(), pending: None, samples: (0, 0), failed: None })
    }

    fn needs_baseline(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Run {
    rule: RatioToBaseline,
    held: Held,
    /// What windows with too few samples have added up to: candidate, stable.
    pending: Option<(Timestamp, Measurement, Measurement)>,
    samples: (u64, u64),
    failed: Option<String>,
}

impl JudgeRun for Run {
    fn observe(&mut self, observation: &Observation) -> Verdict {
        if let Some(reason) = &self.failed {
            return Verdict::Fail { reason: reason.clone() };
        }
        let Seen::Metrics { candidate, stable: Some(stable) } = &observation.seen else { return Verdict::Continue };
        let (Some(candidate), Some(stable)) = (candidate.measured(), stable.measured()) else { return Verdict::Continue };
        self.samples.0 = self.samples.0.saturating_add(candidate.requests);
        self.samples.1 = self.samples.1.saturating_add(stable.requests);
        let (from, candidate, stable) = match self.pending.take() {
            Some((from, ours, theirs)) => (from, sum(&ours, candidate), sum(&theirs, stable)),
            None => (observation.window.from, candidate.clone(), stable.clone()),
        };
        if candidate.requests.min(stable.requests) < self.rule.min_samples {
            self.pending = Some((from, candidate, stable));
            return Verdict::Continue;
        }
        let Some(breach) = self.rule.breach(&candidate, &stable) else {
            self.held.clear();
            return Verdict::Continue;
        };
        let (lasted, _) = self.held.breach(Window { from, to: observation.window.to });
        if lasted < self.rule.held_for {
            return Verdict::Continue;
        }
        let reason = format!("{breach} (limit {}×), held for {} s", self.rule.ratio, lasted.as_secs_f64());
        self.failed = Some(reason.clone());
        Verdict::Fail { reason }
    }

    fn finish(&mut self) -> Verdict {
        match &self.failed {
            Some(reason) => Verdict::Fail { reason: reason.clone() },
            None if self.samples.0.min(self.samples.1) < self.rule.min_samples => Verdict::Inconclusive {
                reason: format!(
                    "{} samples of the candidate, {} of the stable; {} are needed",
                    self.samples.0, self.samples.1, self.rule.min_samples
                ),
            },
            None => Verdict::Continue,
        }
    }
}
