//! The [`DynamoJournal`] itself.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use aws_config::SdkConfig;
use deployment_core::{
    DeploymentId, EnvironmentName, Result, ServiceName, SignalId, Timestamp,
    engine::Record,
    journal::{Durability, Entry, Journal, Lease, LeaseState},
    signal::Signalled,
};

use super::{append, beside, claim, keys::Key, lease, read, remove, store::Store, table};
use crate::preflight::{Findings, Needs, Precondition};

/// As long as a lease lives by default: who cannot reach the table for longer has lost it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps deployments in one DynamoDB table, for any number of machines.
///
/// It keeps the whole [`Journal`] contract; how, and what the items are, is described in [`dynamodb`](crate::dynamodb). Every append is
/// [`Synced`](Durability::Synced): DynamoDB knows nothing less. A clone is the same journal.
///
/// After an append that failed without a clear answer, this object appends no more under that lease. Under the next one it does: an old
/// request that arrives late is then refused for its epoch.
///
/// ```no_run
/// use std::sync::Arc;
/// use deployment_aws::dynamodb::DynamoJournal;
/// use deployment_core::{Orchestrator, Plugins};
///
/// # async fn example() -> deployment_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// let journal = DynamoJournal::new(&config, "deployments");
/// journal.create_table().await?; // once; again it changes nothing
/// let orchestrator = Orchestrator::builder(Arc::new(journal), Plugins::new()).build();
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct DynamoJournal(Arc<Store>);

impl DynamoJournal {
    /// The journal in `table`, whose region and credentials come from `config`. Nothing is called yet.
    ///
    /// The SDK's retries are turned off, as the journal tries again by itself, for 30 seconds: see
    /// [`with_patience`](DynamoJournal::with_patience). The configuration's own timeouts stand; if it has none, connecting may take 3 seconds and
    /// a try 10.
    #[must_use]
    pub fn new(config: &SdkConfig, table: impl Into<String>) -> Self {
        Self::with_patience(config, table, PATIENCE)
    }

    /// The same with another patience: how long a call that fails on the way (throttled, no answer, expired credentials, a transaction of
    /// somebody else) is tried again, before its error is returned. The default is as long as a lease lives by default.
    #[must_use]
    pub fn with_patience(config: &SdkConfig, table: impl Into<String>, patience: Duration) -> Self {
        Self(Arc::new(Store::new(config, table.into(), patience)))
    }

    /// Creates the table, waits until it can be used, and turns on point-in-time recovery. If the table is there, only what is missing is done.
    ///
    /// It is paid per request and protected from deletion. Nothing in it expires by itself: what is old goes by
    /// [`Orchestrator::prune`](deployment_core::Orchestrator::prune).
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if there is such a table with other keys,
    /// [`Unauthorized`](deployment_core::ErrorKind::Unauthorized) naming the action that is not allowed.
    pub async fn create_table(&self) -> Result<()> {
        table::create(&self.0).await
    }

    /// For a preflight before [`create_table`](Self::create_table): the table as a part that is created where it is missing, in this account.
    #[must_use]
    pub fn to_create(&self, account: impl Into<String>) -> TableToCreate {
        TableToCreate { journal: self.clone(), account: account.into() }
    }

    /// The table's name.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.0.table
    }
}

#[async_trait]
impl Precondition for DynamoJournal {
    fn describe(&self) -> String {
        format!("the journal in the table {}", self.0.table)
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        table::examine(&self.0, findings).await
    }

    async fn needs(&self) -> Result<Needs> {
        table::needs(&self.0).await
    }
}

/// The journal's table, created where it is missing: see [`DynamoJournal::to_create`]. That it is missing is a warning, and what must be
/// allowed includes creating it.
#[derive(Debug, Clone)]
pub struct TableToCreate {
    journal: DynamoJournal,
    account: String,
}

#[async_trait]
impl Precondition for TableToCreate {
    fn describe(&self) -> String {
        Precondition::describe(&self.journal)
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        table::examine_to_create(&self.journal.0, findings).await
    }

    async fn needs(&self) -> Result<Needs> {
        table::needs_to_create(&self.journal.0, &self.account).await
    }
}

#[async_trait]
impl Journal for DynamoJournal {
    async fn create(&self, deployment: &DeploymentId, at: Timestamp, first: &Record) -> Result<()> {
        append::create(&self.0, deployment, at, first).await
    }

    async fn append(&self, lease: &Lease, sequence: u64, at: Timestamp, record: &Record, _: Durability) -> Result<()> {
        append::append(&self.0, lease, sequence, at, record).await
    }

    async fn read(&self, deployment: &DeploymentId, from: u64) -> Result<Vec<Entry>> {
        read::read(&self.0, deployment, from).await
    }

    async fn list(&self) -> Result<Vec<DeploymentId>> {
        read::list(&self.0).await
    }

    async fn remove(&self, deployment: &DeploymentId) -> Result<()> {
        remove::remove(&self.0, deployment).await
    }

    async fn post(&self, deployment: &DeploymentId, signal: &Signalled) -> Result<()> {
        beside::post(&self.0, deployment, signal).await
    }

    async fn inbox(&self, deployment: &DeploymentId) -> Result<Vec<Signalled>> {
        beside::inbox(&self.0, deployment).await
    }

    async fn acknowledge(&self, deployment: &DeploymentId, signal: &SignalId) -> Result<()> {
        beside::acknowledge(&self.0, deployment, signal).await
    }

    async fn claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        claim::claim(&self.0, service, environment, deployment).await
    }

    async fn claimant(&self, service: &ServiceName, environment: &EnvironmentName) -> Result<Option<DeploymentId>> {
        claim::claimant(&self.0, service, environment).await
    }

    async fn release_claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        claim::release(&self.0, Key::claim(service, environment), deployment).await
    }

    async fn lease(&self, deployment: &DeploymentId) -> Result<Option<LeaseState>> {
        lease::look(&self.0, deployment).await
    }

    async fn acquire(&self, deployment: &DeploymentId, seen: Option<&LeaseState>, holder: &str, time_to_live: Duration) -> Result<Lease> {
        lease::acquire(&self.0, deployment, seen, holder, time_to_live).await
    }

    async fn renew(&self, lease: &Lease) -> Result<()> {
        lease::renew(&self.0, lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        lease::release(&self.0, lease).await
    }

    async fn cursor(&self, deployment: &DeploymentId, reader: &str) -> Result<u64> {
        beside::cursor(&self.0, deployment, reader).await
    }

    async fn set_cursor(&self, deployment: &DeploymentId, reader: &str, next: u64) -> Result<()> {
        beside::set_cursor(&self.0, deployment, reader, next).await
    }
}
