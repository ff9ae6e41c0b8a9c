//! What an append remembers of each chain, so that it need not read it again.

use std::{
    collections::HashMap,
    fs::Metadata,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use super::chain::Tail;
use crate::id::DeploymentId;

/// Which file it is, whatever is in it. Its time of birth tells it from one that got its number later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    number: (u64, u64),
    born: Option<SystemTime>,
}

impl Identity {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { number: number(metadata), born: metadata.created().ok() }
    }
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

/// What is known of one chain.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known {
    /// Its end. If the file is another one, or has another length, somebody else wrote. What was appended here after `synced` bytes may not be
    /// durable.
    Tail { file: Identity, tail: Tail, synced: u64 },
    /// A write or sync has failed: what the disk has is not known any more.
    Failed,
}

/// One small value per deployment that is written to.
#[derive(Debug, Default)]
pub(super) struct Tails(Mutex<HashMap<DeploymentId, Known>>);

impl Tails {
    pub(super) fn get(&self, deployment: &DeploymentId) -> Option<Known> {
        self.map().get(deployment).copied()
    }

    pub(super) fn set(&self, deployment: &DeploymentId, known: Known) {
        self.map().insert(deployment.clone(), known);
    }

    /// Forgets a chain that is not written to for now; not that it has failed.
    pub(super) fn forget(&self, deployment: &DeploymentId) {
        let mut map = self.map();
        if matches!(map.get(deployment), Some(Known::Tail { .. })) {
            map.remove(deployment);
        }
    }

    /// Forgets all of a chain that is not there any more.
    pub(super) fn remove(&self, deployment: &DeploymentId) {
        self.map().remove(deployment);
    }

    fn map(&self) -> MutexGuard<'_, HashMap<DeploymentId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
