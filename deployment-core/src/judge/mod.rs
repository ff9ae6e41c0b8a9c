//! Deciding whether a candidate is good: the [`Judge`] trait and the simple judges.

mod held;
mod ratio;
mod threshold;
mod tolerance;

pub use ratio::RatioToBaseline;
pub use threshold::Threshold;
pub use tolerance::Tolerance;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{health::HealthReport, metric::Reading, time::Window};

/// What was seen of the candidate in one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The time that it covers.
    pub window: Window,
    /// What was seen.
    pub seen: Seen,
}

/// What one look shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Metrics of both revisions over the window.
    Metrics {
        /// The revision that is being introduced.
        candidate: Reading,
        /// The revision that served before; `None` if there is none or it has no traffic.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stable: Option<Reading>,
    },
    /// A health check's report at the window's end.
    Health(HealthReport),
    /// It could not be looked at all.
    Nothing {
        /// Why, in words.
        reason: String,
    },
}

impl Observation {
    /// Whether it says anything about the candidate.
    #[must_use]
    pub fn has_data(&self) -> bool {
        match &self.seen {
            Seen::Metrics { candidate, .. } => candidate.measured().is_some(),
            Seen::Health(_) => true,
            Seen::Nothing { .. } => false,
        }
    }
}

/// What a judge says after an observation, or at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing speaks against the candidate so far; at the end: it has passed.
    Continue,
    /// The candidate is bad.
    Fail {
        /// Why, in words, with the numbers.
        reason: String,
    },
    /// It cannot be told, for instance for want of samples.
    Inconclusive {
        /// Why, in words, with the numbers.
        reason: String,
    },
}

/// Decides from observations whether a candidate is good.
///
/// # Contract
/// - **Who implements:** whoever has a rule or a statistic. **Who calls:** the runtime, one [`JudgeRun`] per bake.
/// - Sync and pure: the same observations in the same order give the same verdicts. After a crash the run is rebuilt by folding the
///   journalled observations; if it then disagrees with what was recorded, the bake starts again.
/// - A run needs constant memory however many observations it gets.
/// - Missing data is neither good nor bad.
/// - The suite in `testkit::conformance::judge` checks an implementation.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::judge::{Judge, Threshold, Verdict};
///
/// let judge = Threshold::error_rate(5.0)?.held_for(Duration::from_secs(300)).min_samples(50);
/// let mut run = judge.begin();
/// assert!(matches!(run.finish(), Verdict::Inconclusive { .. }), "no samples: neither pass nor fail");
/// # Ok::<(), deployment_core::Error>(())
/// ```
pub trait Judge: fmt::Debug + Send + Sync + 'static {
    /// The rule in words, without secrets.
    fn describe(&self) -> String;

    /// Begins a run.
    fn begin(&self) -> Box<dyn JudgeRun>;

    /// Whether it compares with the stable revision, and so can say nothing once that has no traffic.
    fn needs_baseline(&self) -> bool {
        false
    }
}

/// One run of a judge over a bake.
pub trait JudgeRun: fmt::Debug + Send {
    /// Takes one observation. A `Fail` is final.
    fn observe(&mut self, observation: &Observation) -> Verdict;

    /// The verdict at the bake's end: [`Verdict::Continue`] means that the candidate has passed.
    fn finish(&mut self) -> Verdict;
}

/// A judge from a closure that makes the run's fold: it gets each observation and says what it thinks.
///
/// The end passes if the last verdict was [`Verdict::Continue`], and is inconclusive if there was no observation with data.
///
/// ```
/// use deployment_core::judge::{self, Judge, Seen, Verdict};
///
/// let judge = judge::from_fn("no failing check at all", || {
///     Box::new(|observation| match &observation.seen {
///         Seen::Health(report) if report.score < 50 => Verdict::Fail { reason: report.evidence.clone() },
///         _ => Verdict::Continue,
///     })
/// });
/// assert!(!judge.needs_baseline());
/// ```
pub fn from_fn<F>(description: impl Into<String>, begin: F) -> impl Judge
where
    F: Fn() -> Fold + Send + Sync + 'static,
{
    FromFn { description: description.into(), begin }
}

/// What [`from_fn`] folds observations with.
pub type Fold = Box<dyn FnMut(&Observation) -> Verdict + Send>;

struct FromFn<F> {
    description: String,
    begin: F,
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Judge").field(&self.description).finish()
    }
}

impl<F> Judge for FromFn<F>
where
    F: Fn() -> Fold + Send + Sync + 'static,
{
    fn describe(&self) -> String {
        self.description.clone()
    }

    fn begin(&self) -> Box<dyn JudgeRun> {
        Box::new(FoldRun { fold: (self.begin)(), last: Verdict::Inconclusive { reason: "nothing was observed".into() } })
    }
}

struct FoldRun {
    fold: Fold,
    last: Verdict,
}

impl fmt::Debug for FoldRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FoldRun").field("last", &self.last).finish()
    }
}

impl JudgeRun for FoldRun {
    fn observe(&mut self, observation: &Observation) -> Verdict {
        let verdict = (self.fold)(observation);
        if observation.has_data() || verdict != Verdict::Continue {
            self.last = verdict.clone();
        }
        verdict
    }

    fn finish(&mut self) -> Verdict {
        self.last.clone()
    }
}
