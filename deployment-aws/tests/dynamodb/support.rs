//! What the tests work with.

use std::time::Duration;

use aws_config::SdkConfig;
use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::{
    DeploymentId, Error, ErrorKind, Result, StepId, Timestamp,
    engine::Record,
    journal::{Durability, Journal as _, Lease},
};

use crate::cloud::{Cloud, Proxy, World};

pub(crate) const TTL: Duration = Duration::from_secs(30);
/// How long a journal bears faults if nothing is said.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The name of a table that nobody else has.
pub(crate) fn table() -> String {
    format!("deployments-{}", DeploymentId::generate())
}

/// A journal on a new table.
pub(crate) async fn journal() -> DynamoJournal {
    let journal = DynamoJournal::new(&Cloud::get().await.config(), table());
    journal.create_table().await.unwrap();
    journal
}

/// The same with a proxy in between, whose faults it bears for this long.
pub(crate) async fn through_proxy(patience: Duration) -> (Proxy, DynamoJournal) {
    let proxy = Proxy::start(Cloud::get().await.address()).await;
    let journal = DynamoJournal::with_patience(&proxy.config(), table(), patience);
    journal.create_table().await.unwrap();
    (proxy, journal)
}

/// The same for users in virtual time, in an account of its own, which must live as long.
pub(crate) async fn of_an_account(config: fn(&World) -> SdkConfig, patience: Duration) -> (World, DynamoJournal) {
    let account = World::new().await;
    let journal = DynamoJournal::with_patience(&config(&account), table(), patience);
    journal.create_table().await.unwrap();
    (account, journal)
}

pub(crate) fn at(number: u64) -> Timestamp {
    Timestamp::from_millis(1_767_268_800_000 + 1_000 * number)
}

pub(crate) fn record(number: u64) -> Record {
    Record::StepStarted { step: StepId::new(format!("step-{number}")).unwrap() }
}

pub(crate) async fn append(journal: &DynamoJournal, lease: &Lease, number: u64) -> Result<()> {
    journal.append(lease, number, at(number), &record(number), Durability::Synced).await
}

/// A new deployment with its lease.
pub(crate) async fn driven(journal: &DynamoJournal) -> Lease {
    let id = DeploymentId::generate();
    journal.create(&id, at(0), &record(0)).await.unwrap();
    journal.acquire(&id, None, "first", TTL).await.unwrap()
}

/// Number and epoch of every entry.
pub(crate) async fn chain(journal: &DynamoJournal, deployment: &DeploymentId) -> Vec<(u64, u64)> {
    journal.read(deployment, 0).await.unwrap().iter().map(|entry| (entry.sequence, entry.epoch)).collect()
}

pub(crate) fn kind<T>(result: &Result<T>) -> Option<ErrorKind> {
    result.as_ref().err().map(Error::kind)
}
