//! How a release behaves once it runs.

use std::time::Duration;

use crate::share::Percent;

/// How the instances of a release behave: healthy, answering within 50 ms, without errors, unless told otherwise.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::{Percent, memory::Behaviour};
///
/// let slow_and_wrong = Behaviour::healthy().error_rate(Percent::new(8.0)?).latency([(50_000, 60), (4_000_000, 40)]);
/// let dies_in_production = Behaviour::healthy().sick_under_traffic(Duration::from_secs(30));
/// # let _ = (slow_and_wrong, dies_in_production);
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    pub(super) birth: Birth,
    pub(super) crashes_after: Option<Duration>,
    pub(super) sick_under_traffic: Option<Duration>,
    pub(super) sick_from: Option<Duration>,
    pub(super) given_up_after: Option<Duration>,
    pub(super) shown: Shown,
    pub(super) errors: Percent,
    /// Upper bound in microseconds and weight.
    pub(super) latency: Vec<(u64, u64)>,
}

/// Whether instances ever get healthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Birth {
    Alive,
    Still,
}

/// Whether the platform shows the health of instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Known,
    Unknown,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self::healthy()
    }
}

impl Behaviour {
    /// Healthy, fast, without errors.
    #[must_use]
    pub fn healthy() -> Self {
        Self {
            birth: Birth::Alive,
            crashes_after: None,
            sick_under_traffic: None,
            sick_from: None,
            given_up_after: None,
            shown: Shown::Known,
            errors: Percent::ZERO,
            latency: vec![(10_000, 80), (25_000, 17), (50_000, 3)],
        }
    }

    /// Starts, and never gets healthy.
    #[must_use]
    pub fn never_healthy() -> Self {
        Self { birth: Birth::Still, ..Self::healthy() }
    }

    /// Every instance crashes this long after the revision was ready, and never comes back.
    #[must_use]
    pub fn crashes_after(mut self, ready_for: Duration) -> Self {
        self.crashes_after = Some(ready_for);
        self
    }

    /// Is unhealthy from this long after its first production traffic on.
    #[must_use]
    pub fn sick_under_traffic(mut self, after: Duration) -> Self {
        self.sick_under_traffic = Some(after);
        self
    }

    /// Is unhealthy from this long after the target was built on: how a stable revision turns sick by itself.
    #[must_use]
    pub fn sick_from(mut self, since_built: Duration) -> Self {
        self.sick_from = Some(since_built);
        self
    }

    /// The platform gives a revision up that is not healthy this long after its launch, and says so.
    #[must_use]
    pub fn given_up_after(mut self, launched_for: Duration) -> Self {
        self.given_up_after = Some(launched_for);
        self
    }

    /// The platform cannot tell how many instances are healthy.
    #[must_use]
    pub fn health_unknown(mut self) -> Self {
        self.shown = Shown::Unknown;
        self
    }

    /// This share of requests fails.
    #[must_use]
    pub fn error_rate(mut self, share: Percent) -> Self {
        self.errors = share;
        self
    }

    /// How long requests take: upper bounds of buckets in microseconds, and their weights.
    #[must_use]
    pub fn latency(mut self, buckets: impl IntoIterator<Item = (u64, u64)>) -> Self {
        self.latency = buckets.into_iter().collect();
        self.latency.sort_unstable();
        self
    }
}
