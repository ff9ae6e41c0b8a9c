//! What there is: history, and letting go of what is old.

use std::{collections::BTreeMap, time::Duration};

use super::Orchestrator;
use crate::{
    error::{ErrorKind, Result},
    id::{DeploymentId, EnvironmentName, ServiceName},
    release::{History, HistoryEntry},
};

/// Which deployments of each service and environment retention keeps. Always kept are what has not ended and, of every target, what says
/// what serves there, the last good one, and the one to which "roll back to previous" goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// At least this many, the newest ones.
    pub newest: usize,
    /// And everything younger than this.
    pub younger_than: Duration,
}

impl Orchestrator {
    /// Every deployment in the journal, oldest first.
    ///
    /// # Errors
    /// The journal's own errors.
    pub async fn list(&self) -> Result<Vec<HistoryEntry>> {
        let mut entries = Vec::new();
        for id in self.0.journal.list().await? {
            match self.state(&id).await {
                Ok(state) => entries.push(HistoryEntry::of(&state)),
                // Removed since it was listed.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(History::new(entries).entries().to_vec())
    }

    /// The deployments of one service in one environment.
    ///
    /// # Errors
    /// The journal's own errors.
    pub async fn history(&self, service: &ServiceName, environment: &EnvironmentName) -> Result<History> {
        let all = self.list().await?.into_iter();
        Ok(History::new(all.filter(|entry| entry.service == *service && entry.environment == *environment)))
    }

    /// Removes the journals of deployments that have ended and that `keep` lets go; returns which.
    ///
    /// # Errors
    /// The journal's own errors.
    pub async fn prune(&self, keep: Keep) -> Result<Vec<DeploymentId>> {
        let mut groups: BTreeMap<_, Vec<HistoryEntry>> = BTreeMap::new();
        for entry in self.list().await? {
            groups.entry((entry.service.clone(), entry.environment.clone())).or_default().push(entry);
        }
        let now = self.0.clock.now();
        let mut removed = Vec::new();
        for history in groups.into_values().map(History::new) {
            let needed = history.needed();
            let old = history.entries().iter().rev().skip(keep.newest);
            for entry in old.filter(|entry| entry.has_ended() && !needed.contains(&entry.deployment)) {
                if now.since(entry.updated) >= keep.younger_than {
                    self.0.journal.remove(&entry.deployment).await?;
                    removed.push(entry.deployment.clone());
                }
            }
        }
        Ok(removed)
    }
}
