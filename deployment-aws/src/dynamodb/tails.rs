//! What this object remembers of the chains that it writes.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use deployment_core::DeploymentId;

/// Where a chain ends, or that this object does not know any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    Tail {
        next: u64,
        last: String,
    },
    /// An append under this epoch has failed: whether it arrives yet is open, until somebody takes the lease with another epoch.
    Failed {
        epoch: u64,
    },
}

/// Saves a read per append. What is remembered is never believed: the append's conditions name it.
#[derive(Debug, Default)]
pub(super) struct Tails(Mutex<HashMap<DeploymentId, Known>>);

impl Tails {
    pub(super) fn get(&self, deployment: &DeploymentId) -> Option<Known> {
        self.known().get(deployment).cloned()
    }

    pub(super) fn set(&self, deployment: &DeploymentId, known: Known) {
        self.known().insert(deployment.clone(), known);
    }

    pub(super) fn forget(&self, deployment: &DeploymentId) {
        self.known().remove(deployment);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<DeploymentId, Known>> {
        // Nothing in here panics half way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
