//! The wall clock: the one place of this crate that reads it.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time of day in milliseconds since the Unix epoch, the unit of every timestamp that the stage hands out.
#[must_use]
pub fn unix_millis() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the stage dates its metrics and events, and this is the one file that may")]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
