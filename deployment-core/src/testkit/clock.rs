//! Clocks that a test controls.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::sample::NOON;
use crate::time::{Clock, Timestamp};

/// A clock that goes with tokio's: it stands still while a test has paused that, and jumps when it advances.
///
/// Clones show the same time.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::{testkit::TokioClock, time::Clock};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let clock = TokioClock::default();
/// let before = clock.now();
/// tokio::time::sleep(Duration::from_secs(3600)).await;
/// assert_eq!(clock.now().since(before), Duration::from_secs(3600));
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    start: Timestamp,
    began: Instant,
}

impl TokioClock {
    /// A clock that shows `start` now.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self { start, began: Instant::now() }
    }

    /// What the clock shows at `instant`; its start, if that is before it began.
    #[must_use]
    pub fn at(&self, instant: Instant) -> Timestamp {
        self.start + instant.saturating_duration_since(self.began)
    }
}

impl Default for TokioClock {
    fn default() -> Self {
        Self::starting_at(NOON)
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        self.at(Instant::now())
    }
}

/// A clock that shows what it was set to, also earlier than before.
///
/// Clones show the same time.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::{testkit::ManualClock, time::Clock};
///
/// let clock = ManualClock::default();
/// let noon = clock.now();
/// clock.set(noon - Duration::from_secs(60));
/// assert!(clock.now() < noon);
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicU64::new(now.as_millis())))
    }

    /// Shows `now` from now on.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_millis(), Ordering::SeqCst);
    }

    /// Goes forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::at(NOON)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Another clock, shown wrongly: ahead, behind, and changing its mind.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::{testkit::{ManualClock, SkewedClock}, time::Clock};
///
/// let right = ManualClock::default();
/// let wrong = SkewedClock::of(right.clone());
/// wrong.behind(Duration::from_secs(5));
/// assert_eq!(right.now().since(wrong.now()), Duration::from_secs(5));
/// ```
#[derive(Debug, Clone)]
pub struct SkewedClock<C> {
    clock: C,
    skew: Arc<AtomicI64>,
}

impl<C: Clock> SkewedClock<C> {
    /// Shows what `clock` shows, until told otherwise.
    #[must_use]
    pub fn of(clock: C) -> Self {
        Self { clock, skew: Arc::default() }
    }

    /// Is this much ahead from now on.
    pub fn ahead(&self, by: Duration) {
        self.skew.store(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Is this much behind from now on.
    pub fn behind(&self, by: Duration) {
        self.skew.store(i64::try_from(by.as_millis()).map_or(i64::MIN, |millis| -millis), Ordering::SeqCst);
    }
}

impl<C: Clock> Clock for SkewedClock<C> {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.now().as_millis().saturating_add_signed(self.skew.load(Ordering::SeqCst)))
    }
}
