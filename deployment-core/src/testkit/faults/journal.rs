//! A journal with faults.
#![deny(clippy::missing_trait_methods, reason = "a wrapper that misses a method hides what it wraps")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::points::{Faults, Wrapped};
use crate::{
    engine::Record,
    error::Result,
    id::{DeploymentId, EnvironmentName, ServiceName, SignalId},
    journal::{Durability, Entry, Journal, Lease, LeaseState},
    signal::Signalled,
    time::Timestamp,
};

impl Faults {
    /// Wraps a journal; its calls are named `journal.append`, `journal.read`, ….
    #[must_use]
    pub fn journal(&self, journal: Arc<dyn Journal>) -> Arc<dyn Journal> {
        Arc::new(self.wrap("journal", journal))
    }
}

#[async_trait]
impl Journal for Wrapped<dyn Journal> {
    async fn create(&self, deployment: &DeploymentId, at: Timestamp, first: &Record) -> Result<()> {
        self.call("create", self.inner.create(deployment, at, first)).await
    }

    async fn append(&self, lease: &Lease, sequence: u64, at: Timestamp, record: &Record, durability: Durability) -> Result<()> {
        self.call("append", self.inner.append(lease, sequence, at, record, durability)).await
    }

    async fn read(&self, deployment: &DeploymentId, from: u64) -> Result<Vec<Entry>> {
        self.call("read", self.inner.read(deployment, from)).await
    }

    async fn list(&self) -> Result<Vec<DeploymentId>> {
        self.call("list", self.inner.list()).await
    }

    async fn remove(&self, deployment: &DeploymentId) -> Result<()> {
        self.call("remove", self.inner.remove(deployment)).await
    }

    async fn post(&self, deployment: &DeploymentId, signal: &Signalled) -> Result<()> {
        self.call("post", self.inner.post(deployment, signal)).await
    }

    async fn inbox(&self, deployment: &DeploymentId) -> Result<Vec<Signalled>> {
        self.call("inbox", self.inner.inbox(deployment)).await
    }

    async fn acknowledge(&self, deployment: &DeploymentId, signal: &SignalId) -> Result<()> {
        self.call("acknowledge", self.inner.acknowledge(deployment, signal)).await
    }

    async fn claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        self.call("claim", self.inner.claim(service, environment, deployment)).await
    }

    async fn claimant(&self, service: &ServiceName, environment: &EnvironmentName) -> Result<Option<DeploymentId>> {
        self.call("claimant", self.inner.claimant(service, environment)).await
    }

    async fn release_claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        self.call("release_claim", self.inner.release_claim(service, environment, deployment)).await
    }

    async fn lease(&self, deployment: &DeploymentId) -> Result<Option<LeaseState>> {
        self.call("lease", self.inner.lease(deployment)).await
    }

    async fn acquire(&self, deployment: &DeploymentId, seen: Option<&LeaseState>, holder: &str, time_to_live: Duration) -> Result<Lease> {
        self.call("acquire", self.inner.acquire(deployment, seen, holder, time_to_live)).await
    }

    async fn renew(&self, lease: &Lease) -> Result<()> {
        self.call("renew", self.inner.renew(lease)).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        self.call("release", self.inner.release(lease)).await
    }

    async fn cursor(&self, deployment: &DeploymentId, reader: &str) -> Result<u64> {
        self.call("cursor", self.inner.cursor(deployment, reader)).await
    }

    async fn set_cursor(&self, deployment: &DeploymentId, reader: &str, next: u64) -> Result<()> {
        self.call("set_cursor", self.inner.set_cursor(deployment, reader, next)).await
    }
}
