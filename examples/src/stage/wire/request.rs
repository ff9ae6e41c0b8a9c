//! The mutating calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Routes;

/// The key of [`Release::config`] that tells the demo service how to behave; `good` where it is absent.
pub const BEHAVIOUR: &str = "behaviour";

/// On whose behalf a mutating call is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The deployment's id; epochs are compared within it.
    pub deployment: String,
    /// The step that makes the call.
    pub step: String,
    /// Names this effect: a repeated call with the same token has no second effect.
    pub token: String,
    /// The caller's epoch: once the stage has seen a higher one it refuses this.
    pub epoch: u64,
}

/// What is launched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The service.
    pub service: String,
    /// Its version.
    pub version: String,
    /// The artifact's digest; the stage stores and shows it.
    pub digest: String,
    /// Settings; [`BEHAVIOUR`] has a meaning, others are stored and shown.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
}

/// Starts a new revision. Idempotent under the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// On whose behalf.
    pub effect: Effect,
    /// What to run.
    pub release: Release,
    /// As how many processes.
    pub instances: u32,
}

/// The answer to [`Launch`] and [`Replace`]: the work was accepted, its end is to be observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launched {
    /// The id of the revision that the token stands for.
    pub revision: String,
    /// Whether the token was known, so that this call changed nothing.
    pub repeated: bool,
}

/// Sets how many instances a revision has. An absolute set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// On whose behalf.
    pub effect: Effect,
    /// The service.
    pub service: String,
    /// The revision.
    pub revision: String,
    /// How many instances it shall have.
    pub instances: u32,
}

/// Sets all routes of a service. An absolute set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// On whose behalf.
    pub effect: Effect,
    /// The service.
    pub service: String,
    /// The routes that shall hold from now on.
    pub routes: Routes,
}

/// Drains a revision, then stops it. Idempotent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retire {
    /// On whose behalf.
    pub effect: Effect,
    /// The service.
    pub service: String,
    /// The revision.
    pub revision: String,
}

/// Has the stage itself replace the serving revision, instance by instance. Idempotent under the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replace {
    /// On whose behalf; its token names the rollout.
    pub effect: Effect,
    /// What shall serve in the end.
    pub release: Release,
    /// As how many processes.
    pub instances: u32,
    /// How long one new instance may take to become healthy, in milliseconds, before the stage rolls back.
    pub healthy_within_ms: u64,
}

/// Stops a rollout that the stage runs: it rolls back. Nothing happens if it has ended already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// On whose behalf.
    pub effect: Effect,
    /// The service.
    pub service: String,
    /// The token that the rollout was started with.
    pub rollout: String,
}

/// The answer to a call that has nothing to say but that it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}
