//! A journal that stands still when a step has begun, until it is told to go on: so a kill hits exactly that step.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use deployment_core::{
    DeploymentId, EnvironmentName, Error, ErrorKind, Result, ServiceName, SignalId, Timestamp,
    engine::Record,
    journal::{Durability, Entry, FileJournal, Journal, Lease, LeaseState},
    signal::Signalled,
};
use tokio::sync::{Mutex, mpsc::UnboundedReceiver};

pub(super) struct Paced {
    journal: FileJournal,
    go: Mutex<UnboundedReceiver<()>>,
}

impl Paced {
    pub(super) fn new(journal: FileJournal, go: UnboundedReceiver<()>) -> Self {
        Self { journal, go: Mutex::new(go) }
    }
}

impl fmt::Debug for Paced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Paced").field(&self.journal).finish()
    }
}

#[async_trait]
impl Journal for Paced {
    async fn append(&self, lease: &Lease, sequence: u64, at: Timestamp, record: &Record, durability: Durability) -> Result<()> {
        self.journal.append(lease, sequence, at, record, durability).await?;
        if matches!(record, Record::StepStarted { .. }) {
            let gone = || Error::new(ErrorKind::Failed, "append", "the one who started this has gone");
            self.go.lock().await.recv().await.ok_or_else(gone)?;
        }
        Ok(())
    }

    async fn create(&self, deployment: &DeploymentId, at: Timestamp, first: &Record) -> Result<()> {
        self.journal.create(deployment, at, first).await
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
