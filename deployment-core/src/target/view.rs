//! What an observation of a target shows.

use serde::{Deserialize, Serialize};

use crate::{
    context::Endpoint,
    id::{RevisionId, Token},
    release::Release,
    share::Routes,
};

/// What a target says is there now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TargetView {
    /// Every revision that exists, also those that start or drain.
    pub revisions: Vec<RevisionView>,
    /// Where traffic goes, as read back.
    pub routes: Routes,
    /// The platform's own rollout, the latest one, if it runs such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// What the platform has to say: its latest events, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
}

impl TargetView {
    /// The revision with this id.
    #[must_use]
    pub fn revision(&self, id: &RevisionId) -> Option<&RevisionView> {
        self.revisions.iter().find(|revision| revision.id == *id)
    }

    /// The revision that the launch with this token made.
    #[must_use]
    pub fn launched_by(&self, token: &Token) -> Option<&RevisionView> {
        self.revisions.iter().find(|revision| revision.token.as_ref() == Some(token))
    }
}

/// One revision, as the target shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionView {
    /// The target's name for it.
    pub id: RevisionId,
    /// The token of the launch that made it; `None` if it was not launched by this library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// What it runs, if the target can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// Instances asked for.
    pub desired: u32,
    /// Instances that run.
    pub running: u32,
    /// Instances that are healthy and can serve; `None` if that is not known now.
    pub healthy: Option<u32>,
    /// Requests or connections that have not ended yet; zero where the platform has none or drains by itself.
    #[serde(default)]
    pub in_flight: u64,
    /// Why the platform has given this revision up, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// How to reach this revision without production traffic, where it can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Endpoint>,
}

/// A rollout that the platform runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// The token of the `replace` that started it; `None` if somebody else did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// How far it is.
    pub state: RolloutState,
    /// What the platform says about it.
    #[serde(default)]
    pub reason: String,
}

/// How far a platform's rollout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolloutState {
    /// It is under way.
    InProgress,
    /// It waits for a word.
    Waiting,
    /// It has ended, and what it rolled out serves.
    Completed,
    /// It has failed or was stopped, and left things as they are.
    Failed,
    /// It has failed, and the platform went back by itself. Never a success.
    RolledBack,
}
