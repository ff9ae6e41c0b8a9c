//! From where a measure is no longer well.

use std::fmt;

use deployment_core::{Error, Result, health::HealthStatus};

/// From where on a measure is degraded, and from where on it has failed. The unit is that of the value: a `Duration`, a
/// [`Percent`](deployment_core::Percent), bytes.
///
/// ```
/// use std::time::Duration;
/// use deployment_checks::health::Limits;
///
/// let lag = Limits::new(Duration::from_secs(10), Duration::from_secs(60));
/// let transactions = Limits::degraded_from(Duration::from_secs(900)); // never fails
/// # let _ = (lag, transactions);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits<T> {
    degraded: T,
    failed: Option<T>,
}

impl<T: PartialOrd + Copy> Limits<T> {
    /// Degraded from the first value on, failed from the second on.
    #[must_use]
    pub const fn new(degraded: T, failed: T) -> Self {
        Self { degraded, failed: Some(failed) }
    }

    /// Degraded from this value on, and never failed.
    #[must_use]
    pub const fn degraded_from(degraded: T) -> Self {
        Self { degraded, failed: None }
    }

    pub(super) fn judge(&self, value: T) -> HealthStatus {
        if self.failed.is_some_and(|failed| value >= failed) {
            HealthStatus::Unhealthy
        } else if value >= self.degraded {
            HealthStatus::Degraded
        } else {
            HealthStatus::Healthy
        }
    }

    /// That they are in order, and that not everything is degraded: `zero` must be well.
    pub(super) fn check(&self, field: &'static str, zero: T) -> Result<()>
    where
        T: fmt::Debug,
    {
        let in_order = self.failed.is_none_or(|failed| self.degraded <= failed);
        if self.degraded > zero && in_order {
            return Ok(());
        }
        let seen = format!("degraded from {:?}, failed from {:?}", self.degraded, self.failed);
        Err(Error::invalid(field, format!("{seen}; the first must be more than nothing, and the second at least the first")))
    }
}
