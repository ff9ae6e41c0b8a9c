//! The five bands of a score.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a score means. From worst to best, so that bands can be compared.
///
/// The limits are those of row HEALTH-3 of the requirements: 90, 80, 70, 60.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Below 60.
    Critical,
    /// From 60.
    Poor,
    /// From 70.
    Fair,
    /// From 80.
    Good,
    /// From 90.
    Excellent,
}

impl Band {
    /// The band of a score from 0 to 100.
    ///
    /// ```
    /// use deployment_checks::score::Band;
    ///
    /// assert_eq!(Band::of(90.0), Band::Excellent);
    /// assert_eq!(Band::of(89.9), Band::Good);
    /// ```
    #[must_use]
    pub fn of(score: f64) -> Self {
        match score {
            score if score >= 90.0 => Self::Excellent,
            score if score >= 80.0 => Self::Good,
            score if score >= 70.0 => Self::Fair,
            score if score >= 60.0 => Self::Poor,
            _ => Self::Critical,
        }
    }
}

impl fmt::Display for Band {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Critical => "critical",
            Self::Poor => "poor",
            Self::Fair => "fair",
            Self::Good => "good",
            Self::Excellent => "excellent",
        })
    }
}
