//! What the stage looks like from outside.

use std::{collections::BTreeMap, net::SocketAddr};

use serde::{Deserialize, Serialize};

use super::{Event, Release, Routes};

/// Everything that can be observed, at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// When, in Unix milliseconds.
    pub at: u64,
    /// The services by name.
    pub services: BTreeMap<String, ServiceView>,
    /// The highest epoch seen of each deployment.
    pub epochs: BTreeMap<String, u64>,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceView {
    /// Where its users reach it.
    pub front: SocketAddr,
    /// Its revisions in the order of launch; a revision that was retired and is gone is absent.
    pub revisions: Vec<RevisionView>,
    /// The routes that hold.
    pub routes: Routes,
    /// The rollouts that the stage ran or runs, the latest last.
    pub rollouts: Vec<RolloutView>,
    /// The latest events of this service, the latest last.
    pub events: Vec<Event>,
}

/// One revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionView {
    /// Its id.
    pub id: String,
    /// The token of the launch or replace that made it.
    pub token: String,
    /// What it runs.
    pub release: Release,
    /// How many instances it shall have.
    pub desired: u32,
    /// How many of them have a process that runs.
    pub running: u32,
    /// How many of them answer their health probe, and so take requests.
    pub healthy: u32,
    /// How many instances have left the rotation and are ending.
    pub leaving: u32,
    /// Requests that it is answering, those of leaving instances included.
    pub in_flight: u32,
    /// How often a process of it ended unasked, since its launch.
    pub crashes: u32,
    /// How often a process was started in place of one that crashed, since its launch.
    pub restarts: u32,
    /// Whether it is being retired.
    pub retiring: bool,
    /// How to reach it whatever the routes are.
    pub preview: Preview,
}

/// How to reach one revision: at the service's front with a header. Such requests do not enter the revision's metrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Where to.
    pub front: SocketAddr,
    /// The header's name.
    pub header: String,
    /// The header's value.
    pub value: String,
}

/// A rollout that the stage runs by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutView {
    /// The token of the replace that started it.
    pub token: String,
    /// The revision that served before; `None` on a first deployment.
    pub from: Option<String>,
    /// The new revision.
    pub to: String,
    /// How far it is.
    pub state: RolloutState,
    /// Whether it is on its way back.
    pub rolling_back: bool,
    /// Why it is on its way back or failed.
    pub reason: Option<String>,
}

/// How far a rollout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolloutState {
    /// Under way, forward or back.
    InProgress,
    /// The new revision serves, the old one is retired.
    Completed,
    /// Neither way could be gone to its end.
    Failed,
    /// The old revision serves as before, the new one is retired.
    RolledBack,
}
