//! The only file that reads the wall clock.

use std::fmt;

use super::Timestamp;

/// Tells the time. The runtime asks it; the engine is told.
///
/// # Contract
/// Implemented by the library; a test gives its own. `now` may go backwards (a wall clock does): the engine uses the later
/// of `now` and the last record's time. Sleeping goes through `tokio::time` and is not the clock's business.
///
/// ```
/// use deployment_core::time::{Clock, SystemClock, Timestamp};
///
/// assert!(SystemClock.now() > Timestamp::from_millis(0));
/// ```
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }
}
