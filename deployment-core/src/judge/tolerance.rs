//! How much bad health is borne.

use std::time::Duration;

use super::{Judge, JudgeRun, Observation, Seen, Verdict, held::Held};
use crate::health::{HealthReport, HealthStatus};

/// Judges health checks: fails after so many bad reports in a row, or after bad reports for so long, whichever its builder says.
///
/// A report is bad if it is [`Unhealthy`](HealthStatus::Unhealthy). A look that failed neither counts nor breaks a row.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::judge::{Judge, Tolerance};
///
/// assert_eq!(Tolerance::none().describe(), "unhealthy 1 times in a row");
/// assert_eq!(Tolerance::times(3).describe(), "unhealthy 3 times in a row");
/// assert_eq!(Tolerance::lasting(Duration::from_secs(300)).describe(), "unhealthy for 300 s");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    limit: Bearable,
}

#[derive(Debug, Clone, Copy)]
enum Bearable {
    Times(u32),
    Lasting(Duration),
}

impl Tolerance {
    /// The first bad report fails: a critical path, a suite, a critical alert.
    #[must_use]
    pub fn none() -> Self {
        Self::times(1)
    }

    /// So many bad reports in a row fail.
    #[must_use]
    pub fn times(failures: u32) -> Self {
        Self { limit: Bearable::Times(failures.max(1)) }
    }

    /// Bad reports for this long without a good one fail.
    #[must_use]
    pub fn lasting(duration: Duration) -> Self {
        Self { limit: Bearable::Lasting(duration) }
    }
}

impl Judge for Tolerance {
    fn describe(&self) -> String {
        match self.limit {
            Bearable::Times(failures) => format!("unhealthy {failures} times in a row"),
            Bearable::Lasting(duration) => format!("unhealthy for {} s", duration.as_secs_f64()),
        }
    }

    fn begin(&self) -> Box<dyn JudgeRun> {
        Box::new(Run { limit: self.limit, held: Held::default(), last: None, failed: None })
    }
}

#[derive(Debug)]
struct Run {
    limit: Bearable,
    held: Held,
    last: Option<HealthReport>,
    failed: Option<String>,
}

impl JudgeRun for Run {
    fn observe(&mut self, observation: &Observation) -> Verdict {
        if let Some(reason) = &self.failed {
            return Verdict::Fail { reason: reason.clone() };
        }
        let Seen::Health(report) = &observation.seen else { return Verdict::Continue };
        self.last = Some(report.clone());
        if report.status != HealthStatus::Unhealthy {
            self.held.clear();
            return Verdict::Continue;
        }
        let (lasted, times) = self.held.breach(observation.window);
        let over = match self.limit {
            Bearable::Times(limit) => times >= limit,
            Bearable::Lasting(limit) => lasted >= limit,
        };
        if !over {
            return Verdict::Continue;
        }
        let reason = format!("unhealthy {times} times in {} s, last: {}", lasted.as_secs_f64(), report.evidence);
        self.failed = Some(reason.clone());
        Verdict::Fail { reason }
    }

    fn finish(&mut self) -> Verdict {
        if let Some(reason) = &self.failed {
            return Verdict::Fail { reason: reason.clone() };
        }
        match &self.last {
            None => Verdict::Inconclusive { reason: "the check never gave a report".into() },
            Some(report) if report.status == HealthStatus::Unhealthy => {
                Verdict::Inconclusive { reason: format!("the last report is unhealthy: {}", report.evidence) }
            }
            Some(_) => Verdict::Continue,
        }
    }
}
