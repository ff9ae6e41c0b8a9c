//! What happened on the stage.

use serde::{Deserialize, Serialize};

use super::{Effect, RolloutState, Routes};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Counts up over all services.
    pub sequence: u64,
    /// When, in Unix milliseconds.
    pub at: u64,
    /// Of which service.
    pub service: Option<String>,
    /// The call that caused it, if one did.
    pub effect: Option<Effect>,
    /// What happened.
    pub what: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// A revision was made.
    Launched {
        /// Which.
        revision: String,
        /// Of which version.
        version: String,
        /// As how many processes.
        instances: u32,
    },
    /// A known token came again; nothing was done.
    LaunchRepeated {
        /// The revision that it stands for.
        revision: String,
    },
    /// A revision's number of instances was set.
    Scaled {
        /// Which revision.
        revision: String,
        /// To how many.
        instances: u32,
    },
    /// Routes were set.
    Routed {
        /// What holds from now on.
        routes: Routes,
    },
    /// A revision is draining, then stopping.
    Retiring {
        /// Which.
        revision: String,
    },
    /// The last process of a retiring revision is gone.
    Retired {
        /// Which.
        revision: String,
    },
    /// A process listens.
    InstanceStarted {
        /// Which.
        instance: String,
        /// Its process id.
        process: u32,
    },
    /// An instance took its place in the rotation.
    InstanceHealthy {
        /// Which.
        instance: String,
    },
    /// An instance stopped answering its health probe and lost its place in the rotation.
    InstanceUnhealthy {
        /// Which.
        instance: String,
    },
    /// A process ended unasked.
    InstanceCrashed {
        /// Which.
        instance: String,
        /// How it ended.
        reason: String,
    },
    /// An instance left the rotation, finished what it was answering, and ended.
    InstanceStopped {
        /// Which.
        instance: String,
    },
    /// A rollout that the stage runs took a step.
    Rollout {
        /// The new revision.
        revision: String,
        /// Where it stands now.
        state: RolloutState,
        /// What it did, in words.
        message: String,
    },
    /// A call was refused.
    Refused {
        /// Why.
        reason: String,
    },
}
