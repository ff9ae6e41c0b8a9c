//! What people and programs say to a running deployment.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    gate::Decision,
    id::{Actor, SignalId, StepId},
    time::Timestamp,
};

/// One entry of a deployment's inbox.
///
/// It counts once it is in the journal, and only once, whoever posts it and however often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signalled {
    /// Its unique name.
    pub id: SignalId,
    /// Who says it.
    pub actor: Actor,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub signal: Signal,
}

/// What can be said to a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Approve or reject a step of exactly this plan.
    Approval {
        /// Which step.
        step: StepId,
        /// The plan that was looked at.
        plan: crate::plan::PlanHash,
        /// Yes or no.
        decision: Decision,
    },
    /// Start no further step. What is under way goes on and is watched, a bake included; a candidate that fails still goes back.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Let a hold go on.
    Promote,
    /// Give the deployment up: roll back at once, or reject it if nothing was changed.
    Abort,
    /// Roll back in the plan's own way.
    RollBack,
    /// Halted only: try the failed step again.
    Retry,
    /// Halted only: say what happened to an effect that nobody could tell.
    Resolve(Resolution),
    /// Halted only: end the deployment as it is.
    Close,
}

/// What happened to an effect that was in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It happened.
    Done,
    /// It did not.
    NotDone,
}

/// Why a signal does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Refusal(pub String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Signal {
    /// The word for it, as a person would type it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Approval { decision: Decision::Approved, .. } => "approve",
            Self::Approval { decision: Decision::Rejected, .. } => "reject",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Promote => "promote",
            Self::Abort => "abort",
            Self::RollBack => "roll back",
            Self::Retry => "retry",
            Self::Resolve(Resolution::Done) => "resolve done",
            Self::Resolve(Resolution::NotDone) => "resolve not done",
            Self::Close => "close",
        }
    }
}
