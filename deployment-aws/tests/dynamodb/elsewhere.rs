//! A journal in real time for users in virtual time.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::{
    DeploymentId, EnvironmentName, Result, ServiceName, SignalId, Timestamp,
    engine::Record,
    journal::{Durability, Entry, Journal, Lease, LeaseState},
    signal::Signalled,
};
use futures::{FutureExt as _, future::BoxFuture};

use crate::cloud::in_real_time;

/// The users' time stands still while a call is under way.
pub(crate) struct Elsewhere(pub(crate) DynamoJournal);

impl fmt::Debug for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Elsewhere {
    async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(DynamoJournal) -> BoxFuture<'static, Result<T>> + Send + 'static,
    ) -> Result<T> {
        let journal = self.0.clone();
        in_real_time(call(journal)).await
    }
}

#[async_trait]
impl Journal for Elsewhere {
    async fn create(&self, deployment: &DeploymentId, at: Timestamp, first: &Record) -> Result<()> {
        let (deployment, first) = (deployment.clone(), first.clone());
        self.call(move |journal| async move { journal.create(&deployment, at, &first).await }.boxed()).await
    }

    async fn append(&self, lease: &Lease, sequence: u64, at: Timestamp, record: &Record, durability: Durability) -> Result<()> {
        let (lease, record) = (lease.clone(), record.clone());
        self.call(move |journal| async move { journal.append(&lease, sequence, at, &record, durability).await }.boxed()).await
    }

    async fn read(&self, deployment: &DeploymentId, from: u64) -> Result<Vec<Entry>> {
        let deployment = deployment.clone();
        self.call(move |journal| async move { journal.read(&deployment, from).await }.boxed()).await
    }

    async fn list(&self) -> Result<Vec<DeploymentId>> {
        self.call(move |journal| async move { journal.list().await }.boxed()).await
    }

    async fn remove(&self, deployment: &DeploymentId) -> Result<()> {
        let deployment = deployment.clone();
        self.call(move |journal| async move { journal.remove(&deployment).await }.boxed()).await
    }

    async fn post(&self, deployment: &DeploymentId, signal: &Signalled) -> Result<()> {
        let (deployment, signal) = (deployment.clone(), signal.clone());
        self.call(move |journal| async move { journal.post(&deployment, &signal).await }.boxed()).await
    }

    async fn inbox(&self, deployment: &DeploymentId) -> Result<Vec<Signalled>> {
        let deployment = deployment.clone();
        self.call(move |journal| async move { journal.inbox(&deployment).await }.boxed()).await
    }

    async fn acknowledge(&self, deployment: &DeploymentId, signal: &SignalId) -> Result<()> {
        let (deployment, signal) = (deployment.clone(), signal.clone());
        self.call(move |journal| async move { journal.acknowledge(&deployment, &signal).await }.boxed()).await
    }

    async fn claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        let (service, environment, deployment) = (service.clone(), environment.clone(), deployment.clone());
        self.call(move |journal| async move { journal.claim(&service, &environment, &deployment).await }.boxed()).await
    }

    async fn claimant(&self, service: &ServiceName, environment: &EnvironmentName) -> Result<Option<DeploymentId>> {
        let (service, environment) = (service.clone(), environment.clone());
        self.call(move |journal| async move { journal.claimant(&service, &environment).await }.boxed()).await
    }

    async fn release_claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        let (service, environment, deployment) = (service.clone(), environment.clone(), deployment.clone());
        self.call(move |journal| async move { journal.release_claim(&service, &environment, &deployment).await }.boxed()).await
    }

    async fn lease(&self, deployment: &DeploymentId) -> Result<Option<LeaseState>> {
        let deployment = deployment.clone();
        self.call(move |journal| async move { journal.lease(&deployment).await }.boxed()).await
    }

    async fn acquire(&self, deployment: &DeploymentId, seen: Option<&LeaseState>, holder: &str, time_to_live: Duration) -> Result<Lease> {
        let (deployment, seen, holder) = (deployment.clone(), seen.cloned(), holder.to_owned());
        self.call(move |journal| async move { journal.acquire(&deployment, seen.as_ref(), &holder, time_to_live).await }.boxed()).await
    }

    async fn renew(&self, lease: &Lease) -> Result<()> {
        let lease = lease.clone();
        self.call(move |journal| async move { journal.renew(&lease).await }.boxed()).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        let lease = lease.clone();
        self.call(move |journal| async move { journal.release(&lease).await }.boxed()).await
    }

    async fn cursor(&self, deployment: &DeploymentId, reader: &str) -> Result<u64> {
        let (deployment, reader) = (deployment.clone(), reader.to_owned());
        self.call(move |journal| async move { journal.cursor(&deployment, &reader).await }.boxed()).await
    }

    async fn set_cursor(&self, deployment: &DeploymentId, reader: &str, next: u64) -> Result<()> {
        let (deployment, reader) = (deployment.clone(), reader.to_owned());
        self.call(move |journal| async move { journal.set_cursor(&deployment, &reader, next).await }.boxed()).await
    }
}
