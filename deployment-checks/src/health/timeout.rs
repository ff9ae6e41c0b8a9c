//! How long one look may take.

use std::time::Duration;

use deployment_core::{Error, Result};

/// As long as the guides give a health check (HEALTH-1).
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);

/// The longest timeout.
const LONGEST: Duration = Duration::from_secs(3_600);

/// That a timeout is within its bounds.
pub(super) fn check_timeout(timeout: Duration) -> Result<()> {
    if timeout.is_zero() || timeout > LONGEST {
        return Err(Error::invalid("timeout", "must be more than nothing and at most an hour; 5 s is usual"));
    }
    Ok(())
}
