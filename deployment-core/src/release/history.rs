//! What ran when, per service and environment.

use serde::{Deserialize, Serialize};

use super::Release;
use crate::{
    engine::Outcome,
    id::{DeploymentId, EnvironmentName, ServiceName},
    time::Timestamp,
};

/// One deployment, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Which deployment.
    pub deployment: DeploymentId,
    /// What was deployed.
    pub service: ServiceName,
    /// Where.
    pub environment: EnvironmentName,
    /// What version of it.
    pub release: Release,
    /// The version on each target, by the target's name.
    pub targets: Vec<(crate::id::TargetName, Release)>,
    /// When it began.
    pub started: Timestamp,
    /// When its last record was written.
    pub updated: Timestamp,
    /// How it ended, or that it is halted; `None` while it is under way.
    pub outcome: Option<Outcome>,
}

/// The deployments of one service in one environment, oldest first.
///
/// ```
/// use deployment_core::release::History;
///
/// assert!(History::new([]).last_known_good().is_none());
/// ```
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct History(Vec<HistoryEntry>);

impl History {
    /// A history from its entries, in any order.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = HistoryEntry>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by(|a, b| (a.started, &a.deployment).cmp(&(b.started, &b.deployment)));
        Self(entries)
    }

    /// The entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[HistoryEntry] {
        &self.0
    }

    /// The last deployment that ended with its release serving: what runs now, unless somebody went round the library.
    #[must_use]
    pub fn last_known_good(&self) -> Option<&HistoryEntry> {
        self.0.iter().rev().find(|entry| entry.was_good())
    }

    /// The last good deployment before `current`'s, with another release: where "roll back to previous" goes.
    #[must_use]
    pub fn previous(&self, current: &Release) -> Option<&HistoryEntry> {
        self.0.iter().rev().find(|entry| entry.was_good() && !entry.release.runs_the_same_as(current))
    }
}

impl HistoryEntry {
    /// Whether it has ended; a halted deployment has not.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        !matches!(self.outcome, None | Some(Outcome::Halted { .. }))
    }

    /// Whether it ended with its release serving.
    #[must_use]
    pub fn was_good(&self) -> bool {
        matches!(self.outcome, Some(Outcome::Succeeded | Outcome::Unchanged))
    }
}
