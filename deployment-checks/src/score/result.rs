//! A score, and where it comes from.

use std::fmt;

use deployment_core::{Percent, health::HealthStatus};
use serde::{Deserialize, Serialize};

use super::{Band, Level};
use crate::look::Finding;

/// How well something is, from 0 to 100, and why. Data, for reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// 0 to 100, in tenths. `None` if no check could look.
    pub score: Option<f64>,
    /// What that means. `None` if no check could look.
    pub band: Option<Band>,
    /// How much of the weight had checks that could look.
    pub known: Percent,
    /// The levels that have checks.
    pub levels: Vec<LevelScore>,
    /// Every check, in the order in which they were added.
    pub checks: Vec<CheckScore>,
}

/// One level's part of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelScore {
    /// The level.
    pub level: Level,
    /// How much it counts, before levels without checks are left out.
    pub weight: Percent,
    /// 0 to 100, in tenths. `None` if none of its checks could look.
    pub score: Option<f64>,
    /// How much of its weight had checks that could look.
    pub known: Percent,
}

/// One check's part of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckScore {
    /// What it looks at.
    pub check: String,
    /// Its level.
    pub level: Level,
    /// How much it counts beside the other checks of its level.
    pub weight: u32,
    /// Whether the whole is down if this is.
    pub required: bool,
    /// Its share of the score; if it could not look, the share that it would have had.
    pub share: Percent,
    /// How many points of 100 it took from the score, in tenths.
    pub lost: f64,
    /// What it found.
    pub finding: Finding,
}

impl CheckScore {
    /// Whether it looked, and what it looks at is down.
    #[must_use]
    pub fn is_down(&self) -> bool {
        matches!(&self.finding, Finding::Seen(report) if report.status == HealthStatus::Unhealthy)
    }

    /// Whether it could not look.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self.finding, Finding::Unknown { .. })
    }

    /// What it has to say about the score; nothing if all is well.
    fn reason(&self) -> Option<String> {
        let Self { check, level, share, lost, finding, .. } = self;
        match finding {
            Finding::Unknown { reason } => Some(format!("{check} ({level}) could not look, {share} of the weight: {reason}")),
            Finding::Seen(report) if self.required && self.is_down() => {
                Some(format!("{check} ({level}) is required and down, takes {lost} points: {}", report.evidence))
            }
            Finding::Seen(report) if *lost > 0.0 => Some(format!("{check} ({level}) takes {lost} points: {}", report.evidence)),
            Finding::Seen(_) => None,
        }
    }
}

impl Score {
    /// Why it is not 100, in words: what is required and down first, then what takes most, then what is not known.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        let mut checks: Vec<_> = self.checks.iter().collect();
        let rank = |check: &CheckScore| (check.is_unknown(), !(check.required && check.is_down()));
        checks.sort_by(|a, b| rank(a).cmp(&rank(b)).then(b.lost.total_cmp(&a.lost)));
        checks.into_iter().filter_map(CheckScore::reason).collect()
    }

    /// The same score without what was seen and why: short, for one line.
    pub(super) fn headline(&self) -> String {
        let rating = match (self.score, self.band) {
            (Some(score), Some(band)) => format!("{score} of 100, {band}"),
            _ => "nothing is known".into(),
        };
        if self.known == Percent::ALL { rating } else { format!("{rating}, {} of the weight is known", self.known) }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        self.reasons().iter().try_for_each(|reason| write!(f, "\n- {reason}"))
    }
}
