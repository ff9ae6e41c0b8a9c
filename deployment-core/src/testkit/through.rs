//! One journal in front of another: every call goes through, and passes one place on its way.
#![deny(clippy::missing_trait_methods, reason = "a wrapper that misses a method hides what it wraps")]

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{
    engine::Record,
    error::Result,
    id::{DeploymentId, EnvironmentName, ServiceName, SignalId},
    journal::{Durability, Entry, Journal, Lease, LeaseState},
    signal::Signalled,
    time::Timestamp,
};

/// What stands in front of a journal.
pub(super) trait Front: fmt::Debug + Send + Sync + 'static {
    /// The journal behind it.
    fn behind(&self) -> &Arc<dyn Journal>;

    /// The place that every call passes. `entry` is there if the call is to add one to that deployment's chain.
    fn pass<R: Send>(
        &self,
        method: &'static str,
        entry: Option<(&DeploymentId, Entry, Durability)>,
        call: impl Future<Output = Result<R>> + Send,
    ) -> impl Future<Output = Result<R>> + Send;
}

/// A journal with something in front of it.
#[derive(Debug)]
pub(super) struct Through<F>(pub(super) F);

#[async_trait]
impl<F: Front> Journal for Through<F> {
    async fn create(&self, deployment: &DeploymentId, at: Timestamp, first: &Record) -> Result<()> {
        let entry = Entry { sequence: 0, epoch: 0, at, record: first.clone() };
        self.0.pass("create", Some((deployment, entry, Durability::Synced)), self.0.behind().create(deployment, at, first)).await
    }

    async fn append(&self, lease: &Lease, sequence: u64, at: Timestamp, record: &Record, durability: Durability) -> Result<()> {
        let entry = Entry { sequence, epoch: lease.epoch, at, record: record.clone() };
        let call = self.0.behind().append(lease, sequence, at, record, durability);
        self.0.pass("append", Some((&lease.deployment, entry, durability)), call).await
    }

    async fn read(&self, deployment: &DeploymentId, from: u64) -> Result<Vec<Entry>> {
        self.0.pass("read", None, self.0.behind().read(deployment, from)).await
    }

    async fn list(&self) -> Result<Vec<DeploymentId>> {
        self.0.pass("list", None, self.0.behind().list()).await
    }

    async fn remove(&self, deployment: &DeploymentId) -> Result<()> {
        self.0.pass("remove", None, self.0.behind().remove(deployment)).await
    }

    async fn post(&self, deployment: &DeploymentId, signal: &Signalled) -> Result<()> {
        self.0.pass("post", None, self.0.behind().post(deployment, signal)).await
    }

    async fn inbox(&self, deployment: &DeploymentId) -> Result<Vec<Signalled>> {
        self.0.pass("inbox", None, self.0.behind().inbox(deployment)).await
    }

    async fn acknowledge(&self, deployment: &DeploymentId, signal: &SignalId) -> Result<()> {
        self.0.pass("acknowledge", None, self.0.behind().acknowledge(deployment, signal)).await
    }

    async fn claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        self.0.pass("claim", None, self.0.behind().claim(service, environment, deployment)).await
    }

    async fn claimant(&self, service: &ServiceName, environment: &EnvironmentName) -> Result<Option<DeploymentId>> {
        self.0.pass("claimant", None, self.0.behind().claimant(service, environment)).await
    }

    async fn release_claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        self.0.pass("release_claim", None, self.0.behind().release_claim(service, environment, deployment)).await
    }

    async fn lease(&self, deployment: &DeploymentId) -> Result<Option<LeaseState>> {
        self.0.pass("lease", None, self.0.behind().lease(deployment)).await
    }

    async fn acquire(&self, deployment: &DeploymentId, seen: Option<&LeaseState>, holder: &str, time_to_live: Duration) -> Result<Lease> {
        self.0.pass("acquire", None, self.0.behind().acquire(deployment, seen, holder, time_to_live)).await
    }

    async fn renew(&self, lease: &Lease) -> Result<()> {
        self.0.pass("renew", None, self.0.behind().renew(lease)).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        self.0.pass("release", None, self.0.behind().release(lease)).await
    }

    async fn cursor(&self, deployment: &DeploymentId, reader: &str) -> Result<u64> {
        self.0.pass("cursor", None, self.0.behind().cursor(deployment, reader)).await
    }

    async fn set_cursor(&self, deployment: &DeploymentId, reader: &str, next: u64) -> Result<()> {
        self.0.pass("set_cursor", None, self.0.behind().set_cursor(deployment, reader, next)).await
    }
}
