//! A shared journal is a journal.
#![deny(clippy::missing_trait_methods, reason = "an Arc that misses a method hides what it holds")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{Durability, Entry, Journal, Lease, LeaseState};
use crate::{
    engine::Record,
    error::Result,
    id::{DeploymentId, EnvironmentName, ServiceName, SignalId},
    signal::Signalled,
    time::Timestamp,
};

#[async_trait]
impl<J: Journal + ?Sized> Journal for Arc<J> {
    async fn create(&self, deployment: &DeploymentId, at: Timestamp, first: &Record) -> Result<()> {
        (**self).create(deployment, at, first).await
    }

    async fn append(&self, lease: &Lease, sequence: u64, at: Timestamp, record: &Record, durability: Durability) -> Result<()> {
        (**self).append(lease, sequence, at, record, durability).await
    }

    async fn read(&self, deployment: &DeploymentId, from: u64) -> Result<Vec<Entry>> {
        (**self).read(deployment, from).await
    }

    async fn list(&self) -> Result<Vec<DeploymentId>> {
        (**self).list().await
    }

    async fn remove(&self, deployment: &DeploymentId) -> Result<()> {
        (**self).remove(deployment).await
    }

    async fn post(&self, deployment: &DeploymentId, signal: &Signalled) -> Result<()> {
        (**self).post(deployment, signal).await
    }

    async fn inbox(&self, deployment: &DeploymentId) -> Result<Vec<Signalled>> {
        (**self).inbox(deployment).await
    }

    async fn acknowledge(&self, deployment: &DeploymentId, signal: &SignalId) -> Result<()> {
        (**self).acknowledge(deployment, signal).await
    }

    async fn claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        (**self).claim(service, environment, deployment).await
    }

    async fn claimant(&self, service: &ServiceName, environment: &EnvironmentName) -> Result<Option<DeploymentId>> {
        (**self).claimant(service, environment).await
    }

    async fn release_claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        (**self).release_claim(service, environment, deployment).await
    }

    async fn lease(&self, deployment: &DeploymentId) -> Result<Option<LeaseState>> {
        (**self).lease(deployment).await
    }

    async fn acquire(&self, deployment: &DeploymentId, seen: Option<&LeaseState>, holder: &str, time_to_live: Duration) -> Result<Lease> {
        (**self).acquire(deployment, seen, holder, time_to_live).await
    }

    async fn renew(&self, lease: &Lease) -> Result<()> {
        (**self).renew(lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        (**self).release(lease).await
    }

    async fn cursor(&self, deployment: &DeploymentId, reader: &str) -> Result<u64> {
        (**self).cursor(deployment, reader).await
    }

    async fn set_cursor(&self, deployment: &DeploymentId, reader: &str, next: u64) -> Result<()> {
        (**self).set_cursor(deployment, reader, next).await
    }
}
