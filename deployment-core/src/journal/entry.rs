//! What is in a journal.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{engine::Record, id::DeploymentId, time::Timestamp};

/// One line of a deployment's chain.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 0, without gaps.
    #[serde(rename = "seq")]
    pub sequence: u64,
    /// The epoch of the driver that wrote it.
    pub epoch: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub record: Record,
}

/// How soon an append must be safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// On return it survives a power cut, with everything before it.
    Synced,
    /// It may be lost in a power cut, until the next synced append.
    Lazy,
}

/// The right to drive a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which.
    pub deployment: DeploymentId,
    /// The holder's epoch.
    pub epoch: u64,
    /// How long it lives without a renewal.
    pub time_to_live: Duration,
}

/// A lease as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseState {
    /// The holder's epoch.
    pub epoch: u64,
    /// Who holds it.
    pub holder: String,
    /// How often it was renewed in this epoch: a change shows that the holder is alive.
    pub renewals: u64,
    /// How long it lives without a renewal.
    #[serde(with = "crate::time::seconds")]
    pub time_to_live: Duration,
    /// Whether the holder has given it up.
    pub released: bool,
}
