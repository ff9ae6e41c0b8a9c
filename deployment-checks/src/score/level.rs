//! The levels of a check, and how much each counts.

use std::fmt;

use deployment_core::{Error, Percent, Result};
use serde::{Deserialize, Serialize};

/// What a check says something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Whether it is there: it answers, its database and caches do.
    Basic,
    /// Whether it is fast enough and has room: latency, errors, resources.
    Performance,
    /// Whether it does what it is there for: logins, orders, payments.
    Business,
}

impl Level {
    /// Every level, in order.
    pub const ALL: [Self; 3] = [Self::Basic, Self::Performance, Self::Business];
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic => "basic",
            Self::Performance => "performance",
            Self::Business => "business",
        })
    }
}

/// How much each level counts: 40 %, 35 % and 25 % unless told otherwise (row HEALTH-3 of the requirements).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelWeights([Percent; 3]);

impl LevelWeights {
    /// Weights in percent, in steps of one hundredth, which sum to 100. A level that weighs 0 may have no checks.
    ///
    /// ```
    /// use deployment_checks::score::{Level, LevelWeights};
    ///
    /// assert_eq!(LevelWeights::new(50.0, 30.0, 20.0)?.of(Level::Basic).to_string(), "50 %");
    /// assert!(LevelWeights::new(50.0, 30.0, 30.0).is_err());
    /// # Ok::<(), deployment_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](deployment_core::ErrorKind::InvalidInput) if one is not from 0 to 100, or they do not sum to 100.
    pub fn new(basic: f64, performance: f64, business: f64) -> Result<Self> {
        let weights = [Percent::new(basic)?, Percent::new(performance)?, Percent::new(business)?];
        let sum: u32 = weights.iter().map(|weight| u32::from(weight.basis_points())).sum();
        if sum != 10_000 {
            let sum = f64::from(sum) / 100.0;
            return Err(Error::invalid("weights", format!("{basic}, {performance} and {business} sum to {sum}; make them sum to 100")));
        }
        Ok(Self(weights))
    }

    /// How much this level counts.
    #[must_use]
    pub fn of(&self, level: Level) -> Percent {
        let [basic, performance, business] = self.0;
        match level {
            Level::Basic => basic,
            Level::Performance => performance,
            Level::Business => business,
        }
    }
}

impl Default for LevelWeights {
    fn default() -> Self {
        let percent = |basis_points: u16| Percent::of(u32::from(basis_points), 10_000);
        Self([percent(4_000), percent(3_500), percent(2_500)])
    }
}
