//! What may change, and how far.

use std::fmt;

use deployment_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// What must hold after, mostly in comparison with before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Limit {
    /// The error rate is at most this many times the one before.
    ErrorRate {
        /// At least 1. Default: 2.
        times: f64,
    },
    /// The latency at a quantile is at most this many percent longer than before. Unknown if the histogram's buckets are too wide to tell.
    Latency {
        /// Above 0, at most 1. Default: 0.95.
        quantile: f64,
        /// At least 0. Default: 25.
        percent: f64,
    },
    /// At least this many percent of requests succeed, whatever it was before.
    Success {
        /// From 0 to 100. Default: 99.5.
        percent: f64,
    },
    /// A number is at most this, whatever it was before.
    AtMost {
        /// In the number's own unit. Default for processor, memory and connections: 80 (percent).
        value: f64,
    },
    /// Requests per second are at most this many percent fewer than before.
    Drop {
        /// From 0 to 100. Default for business rates: 20.
        percent: f64,
    },
}

/// What a breach means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The comparison fails.
    #[default]
    Critical,
    /// The comparison warns: a check is degraded, and an unknown does not count.
    Advisory,
}

impl Limit {
    /// The limits of the deployment guide for requests: errors at most 2 ×, p95 at most +25 %, success at least 99.5 %.
    pub const REQUESTS: [Self; 3] =
        [Self::ErrorRate { times: 2.0 }, Self::Latency { quantile: 0.95, percent: 25.0 }, Self::Success { percent: 99.5 }];
    /// The limit of the deployment guide for processor, memory and connections: at most 80 %.
    pub const UTILISATION: Self = Self::AtMost { value: 80.0 };

    pub(super) fn validate(self) -> Result<()> {
        let fits = match self {
            Self::ErrorRate { times } => times.is_finite() && times >= 1.0,
            Self::Latency { quantile, percent } => quantile > 0.0 && quantile <= 1.0 && percent.is_finite() && percent >= 0.0,
            Self::Success { percent } | Self::Drop { percent } => (0.0..=100.0).contains(&percent),
            Self::AtMost { value } => value.is_finite(),
        };
        let bounds = "times must be at least 1, quantiles above 0 and at most 1, percent from 0 to 100, and all of them numbers";
        if fits { Ok(()) } else { Err(Error::invalid("limit", format!("\"{self}\" cannot be: {bounds}"))) }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ErrorRate { times } => write!(f, "error rate at most {times} × before"),
            Self::Latency { quantile, percent } => write!(f, "p{} at most {percent} % longer than before", quantile * 100.0),
            Self::Success { percent } => write!(f, "success at least {percent} %"),
            Self::AtMost { value } => write!(f, "at most {value}"),
            Self::Drop { percent } => write!(f, "at most {percent} % less than before"),
        }
    }
}
