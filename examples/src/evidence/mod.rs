//! What checks have found, whole: beside the journal, which keeps a line of it.
//!
//! A journal has what decides, in brief. Tests with their tries and scores with their levels are kept in a file per deployment next to
//! it, one JSON line per look, for reports. Nothing is decided by it: a driver that cannot write to it goes on, and a reader takes what is
//! there. A driver that is killed leaves at most a line without its end, which is skipped.

mod kept;
mod store;

pub use kept::Kept;
pub use store::EvidenceStore;

use deployment_checks::{score::Score, suite::ValidationResult};
use deployment_core::{DeploymentId, StepId, TargetName, Timestamp};
use serde::{Deserialize, Serialize};

/// One look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The deployment that asked.
    pub deployment: DeploymentId,
    /// Its step that asked.
    pub step: StepId,
    /// The target that was looked at.
    pub target: TargetName,
    /// When it was asked.
    pub at: Timestamp,
    /// What came out.
    pub found: Found,
}

/// What came out of a look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The results of a validation suite.
    Validation(ValidationResult),
    /// A health score.
    Score(Score),
}

impl Evidence {
    /// The validation's result, if it is one.
    #[must_use]
    pub fn validation(&self) -> Option<&ValidationResult> {
        match &self.found {
            Found::Validation(result) => Some(result),
            Found::Score(_) => None,
        }
    }

    /// The score, if it is one.
    #[must_use]
    pub fn score(&self) -> Option<&Score> {
        match &self.found {
            Found::Score(score) => Some(score),
            Found::Validation(_) => None,
        }
    }
}
