//! Totals and history since the stage started.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Event;

/// Totals and history since the stage started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// When it started, in Unix milliseconds.
    pub since: u64,
    /// Per service.
    pub services: BTreeMap<String, ServiceStats>,
    /// Every token that a revision was made for, in order.
    pub launches: Vec<LaunchRecord>,
    /// Everything that happened, in order; the oldest are dropped after some tens of thousands.
    pub events: Vec<Event>,
}

/// One service's totals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceStats {
    /// Requests that were answered 503 because nothing could serve them, whatever revision they were meant for.
    pub no_upstream: u64,
    /// Per version.
    pub versions: BTreeMap<String, VersionStats>,
}

/// One version's totals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionStats {
    /// Requests that were sent to an instance by the split.
    pub requests: u64,
    /// Those of them that were answered with 5xx or not at all.
    pub failures: u64,
    /// Requests that the split gave to this version while it had no healthy instance.
    pub no_upstream: u64,
    /// Requests by test rule or preview.
    pub tests: u64,
}

/// One revision's making.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchRecord {
    /// When, in Unix milliseconds.
    pub at: u64,
    /// By which token.
    pub token: String,
    /// For which deployment.
    pub deployment: String,
    /// Of which service.
    pub service: String,
    /// Which version.
    pub version: String,
    /// The revision that was made.
    pub revision: String,
    /// How often the same token came again, to no effect.
    pub repeats: u32,
}
