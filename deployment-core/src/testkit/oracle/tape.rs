//! What goes into a journal, with its place among the events of targets.
#![deny(clippy::missing_trait_methods, reason = "a wrapper that misses a method hides what it wraps")]

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use crate::{
    engine::Record,
    error::Result,
    id::{DeploymentId, EnvironmentName, ServiceName, SignalId},
    journal::{Durability, Entry, Journal, Lease, LeaseState},
    memory::next_order,
    signal::Signalled,
    time::Timestamp,
};

/// One entry of a chain, as it was appended.
#[derive(Debug, Clone)]
pub struct Taped {
    /// Its place among everything that [`next_order`] gave a place.
    pub order: u64,
    /// Whose chain it is.
    pub deployment: DeploymentId,
    /// The entry.
    pub entry: Entry,
    /// How soon it had to be safe.
    pub durability: Durability,
}

/// A journal that keeps what was appended, in the order in which it was safe.
///
/// Put it between the journal and the faults: `faults.journal(Arc::new(tape.clone()))`. Clones share what they keep.
#[derive(Debug, Clone)]
pub struct Tape {
    journal: Arc<dyn Journal>,
    entries: Arc<Mutex<Vec<Taped>>>,
}

impl Tape {
    /// Keeps what goes into `journal`.
    #[must_use]
    pub fn of(journal: Arc<dyn Journal>) -> Self {
        Self { journal, entries: Arc::default() }
    }

    /// Everything that was appended so far, to whatever chain.
    #[must_use]
    pub fn entries(&self) -> Vec<Taped> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, deployment: &DeploymentId, entry: Entry, durability: Durability) {
        let taped = Taped { order: next_order(), deployment: deployment.clone(), entry, durability };
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(taped);
    }
}

#[async_trait]
impl Journal for Tape {
    async fn create(&self, deployment: &DeploymentId, at: Timestamp, first: &Record) -> Result<()> {
        self.journal.create(deployment, at, first).await?;
        self.keep(deployment, Entry { sequence: 0, epoch: 0, at, record: first.clone() }, Durability::Synced);
        Ok(())
    }

    async fn append(&self, lease: &Lease, sequence: u64, at: Timestamp, record: &Record, durability: Durability) -> Result<()> {
        self.journal.append(lease, sequence, at, record, durability).await?;
        self.keep(&lease.deployment, Entry { sequence, epoch: lease.epoch, at, record: record.clone() }, durability);
        Ok(())
    }

    async fn read(&self, deployment: &DeploymentId, from: u64) -> Result<Vec<Entry>> {
        self.journal.read(deployment, from).await
    }

    async fn list(&self) -> Result<Vec<DeploymentId>> {
        self.journal.list().await
    }

    async fn remove(&self, deployment: &DeploymentId) -> Result<()> {
        self.journal.remove(deployment).await
    }

    async fn post(&self, deployment: &DeploymentId, signal: &Signalled) -> Result<()> {
        self.journal.post(deployment, signal).await
    }

    async fn inbox(&self, deployment: &DeploymentId) -> Result<Vec<Signalled>> {
        self.journal.inbox(deployment).await
    }

    async fn acknowledge(&self, deployment: &DeploymentId, signal: &SignalId) -> Result<()> {
        self.journal.acknowledge(deployment, signal).await
    }

    async fn claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        self.journal.claim(service, environment, deployment).await
    }

    async fn claimant(&self, service: &ServiceName, environment: &EnvironmentName) -> Result<Option<DeploymentId>> {
        self.journal.claimant(service, environment).await
    }

    async fn release_claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        self.journal.release_claim(service, environment, deployment).await
    }

    async fn lease(&self, deployment: &DeploymentId) -> Result<Option<LeaseState>> {
        self.journal.lease(deployment).await
    }

    async fn acquire(&self, deployment: &DeploymentId, seen: Option<&LeaseState>, holder: &str, time_to_live: Duration) -> Result<Lease> {
        self.journal.acquire(deployment, seen, holder, time_to_live).await
    }

    async fn renew(&self, lease: &Lease) -> Result<()> {
        self.journal.renew(lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        self.journal.release(lease).await
    }

    async fn cursor(&self, deployment: &DeploymentId, reader: &str) -> Result<u64> {
        self.journal.cursor(deployment, reader).await
    }

    async fn set_cursor(&self, deployment: &DeploymentId, reader: &str, next: u64) -> Result<()> {
        self.journal.set_cursor(deployment, reader, next).await
    }
}
