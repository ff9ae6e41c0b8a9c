//! Numbers about a revision: the [`MetricSource`] trait and what it measures.

mod closure;
mod latency;

pub use closure::{MetricFn, from_fn};
pub use latency::Latency;

use std::{fmt, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    context::DeploymentContext,
    error::Result,
    id::{RevisionId, TargetName},
    time::Window,
};

/// What to measure. What the text means is the source's business; the empty query asks for its usual requests, errors and latencies.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Query(pub String);

/// What one revision did in a window of time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Measurement {
    /// Requests, or whatever is counted: the sample size.
    pub requests: u64,
    /// How many of them failed.
    pub errors: u64,
    /// How long they took, if known.
    #[serde(default, skip_serializing_if = "Latency::is_empty")]
    pub latency: Latency,
}

/// A measurement, or the knowledge that there is none. *No data* is never zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// This is what happened.
    Measured(Measurement),
    /// The source does not know.
    NoData {
        /// Why, in words.
        reason: String,
    },
}

impl Reading {
    /// The measurement, if there is one.
    #[must_use]
    pub fn measured(&self) -> Option<&Measurement> {
        match self {
            Self::Measured(measurement) => Some(measurement),
            Self::NoData { .. } => None,
        }
    }
}

/// What is asked of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricContext {
    /// The deployment that asks.
    pub deployment: DeploymentContext,
    /// The target that the revision runs on.
    pub target: TargetName,
    /// The revision.
    pub revision: RevisionId,
    /// The time that the measurement must cover, whole.
    pub window: Window,
}

/// Measures revisions.
///
/// # Contract
/// - **Who implements:** whoever keeps metrics per revision. **Who calls:** the runtime, during bakes and for guards.
/// - Changes nothing. A [`Reading::Measured`] covers exactly the window asked for; if the source cannot tell, or the data is late,
///   it is [`Reading::NoData`]. A revision that had no requests, and is known to have had none, measures zero.
/// - An `Err` means that the source could not be asked; it counts as no data.
/// - The suite in `testkit::conformance::metric` checks an implementation.
///
/// [`from_fn`] makes one of a closure, and has one that runs.
///
/// ```
/// use deployment_core::metric::{Measurement, Reading};
///
/// let silent = Reading::NoData { reason: "the scrape is 2 minutes late".into() };
/// assert!(silent.measured().is_none());
/// assert_ne!(silent, Reading::Measured(Measurement::default()), "no data is not zero requests");
/// ```
#[async_trait]
pub trait MetricSource: fmt::Debug + Send + Sync + 'static {
    /// What it reads, without secrets.
    fn describe(&self) -> String;

    /// Measures one revision in one window.
    ///
    /// # Errors
    /// If the source could not be asked.
    async fn observe(&self, query: &Query, context: &MetricContext) -> Result<Reading>;

    /// How long after a moment its data is complete. Windows end this long before now.
    fn lag(&self) -> Duration {
        Duration::ZERO
    }

    /// The grid that its data lies on. Windows begin and end at multiples of it since the Unix epoch: of the longest, where several sources
    /// are asked together.
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// Whether a window of the past can still be asked for. A bake can be left alone only if so.
    fn can_backfill(&self) -> bool {
        false
    }
}
