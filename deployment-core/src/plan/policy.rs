//! What is done when things go otherwise.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{backup::VerifyLevel, release::Release, share::Percent};

/// What a plan does when things go otherwise than forward.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Policy {
    /// When a bake ends without an answer.
    pub on_inconclusive: Inconclusive,
    /// How traffic goes back.
    pub way_back: WayBack,
    /// When the stable revision is sick too.
    pub on_sick_stable: SickStable,
    /// Whether a candidate with traffic may be left without a driver.
    pub attendance: Attendance,
    /// When the release is already stable.
    pub redeploy: Redeploy,
    /// What must stand before a step that cannot be undone. A plan stored without it was approved before there was such a rule, and is
    /// carried out as approved.
    #[serde(default = "BackupRule::none")]
    pub backup: BackupRule,
    /// How long a deployment usually takes here, in seconds; an overrun is told, and decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::time::seconds::option")]
    pub expected_duration: Option<Duration>,
}

/// What must stand before an action or migration that is a point of no return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupRule {
    /// A verified backup of every store that the plan backs up before it, of at least one.
    Required {
        /// At least how well it is verified.
        level: VerifyLevel,
        /// The recovery point objective, in seconds: how old it may be when the step begins.
        #[serde(with = "crate::time::seconds")]
        younger_than: Duration,
    },
    /// Nothing: what cannot be undone here destroys no data.
    NotNeeded,
}

impl BackupRule {
    fn none() -> Self {
        Self::NotNeeded
    }

    /// The level that it names; [`Complete`](VerifyLevel::Complete) if it names none.
    #[must_use]
    pub fn level(&self) -> VerifyLevel {
        match self {
            Self::Required { level, .. } => *level,
            Self::NotNeeded => VerifyLevel::Complete,
        }
    }
}

/// A complete backup that is younger than an hour: the recovery point objective that is usual for a region's failover.
impl Default for BackupRule {
    fn default() -> Self {
        Self::Required { level: VerifyLevel::Complete, younger_than: Duration::from_secs(3_600) }
    }
}

/// What to do when a bake ends without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inconclusive {
    /// Roll back.
    #[default]
    RollBack,
    /// Halt: a person decides.
    Halt,
    /// Wait for a promotion or an abort, as a hold does, for the bake's deadline once more; then go back.
    Ask,
}

/// How traffic goes back to the stable revision.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WayBack {
    /// All at once.
    #[default]
    Immediate,
    /// By falling shares of the candidate, as long as the candidate holds.
    Ramped {
        /// The shares, falling; those at or above the current one are left out.
        shares: Vec<Percent>,
        /// How long each is kept.
        #[serde(with = "crate::time::seconds")]
        pause: Duration,
    },
}

/// What to do when the candidate must go, but the stable revision is unhealthy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SickStable {
    /// Halt, with both states shown.
    #[default]
    Halt,
    /// Launch this release, the last known good one, and route everything to it.
    Deploy {
        /// The last known good release.
        release: Box<Release>,
    },
}

/// Whether a candidate with traffic may be left without a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attendance {
    /// Somebody drives as long as a candidate has traffic.
    #[default]
    Attended,
    /// A driver may park and come back.
    Unattended,
}

/// What to do when the release is already stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Redeploy {
    /// Nothing: the deployment succeeds, unchanged.
    #[default]
    Skip,
    /// Deploy it again.
    Force,
}
