//! What the checks work with.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    engine::Record,
    error::{Error, ErrorKind, Result},
    id::{Actor, DeploymentId, EnvironmentName, ServiceName, SignalId, StepId},
    journal::{Durability, Entry, Journal, Lease},
    signal::{Signal, Signalled},
    time::Timestamp,
};

/// How long the leases of the checks live. No check waits for it.
pub(super) const TTL: Duration = Duration::from_millis(30_500);

/// What was seen instead of what must be.
#[derive(Debug)]
pub(super) struct Broken(String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self(format!("failed where it must not: {error}"))
    }
}

impl From<String> for Broken {
    fn from(seen: String) -> Self {
        Self(seen)
    }
}

/// Says what was seen, unless it is as it must be.
pub(super) fn hold(holds: bool, seen: impl fmt::Display) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(Broken(seen.to_string())) }
}

/// The call must have been refused, for one of these reasons.
pub(super) fn refused<T>(call: &str, result: Result<T>, kinds: &[ErrorKind]) -> Result<Error, Broken> {
    match result {
        Err(error) if kinds.contains(&error.kind()) => Ok(error),
        Err(error) => Err(Broken(format!("{call} must be refused as {kinds:?}, not as {:?}: {error}", error.kind()))),
        Ok(_) => Err(Broken(format!("{call} must be refused as {kinds:?}, but succeeded"))),
    }
}

/// A record that tells which one it is.
pub(super) fn record(number: u64) -> Record {
    Record::StepStarted { step: StepId::made(format!("step-{number}")) }
}

/// A point in time that tells which one it is.
pub(super) fn time(number: u64) -> Timestamp {
    Timestamp::from_millis(1_767_268_800_000 + 7 * (number % 1_000_000))
}

/// A signal with this id and reason.
pub(super) fn signal(id: &SignalId, reason: &str) -> Signalled {
    Signalled { id: id.clone(), actor: Actor::made("ada"), reason: reason.to_owned(), at: time(3), signal: Signal::Pause }
}

/// A service and an environment that nobody else has.
pub(super) fn place() -> (ServiceName, EnvironmentName) {
    (ServiceName::made(format!("shop/{}", DeploymentId::generate())), EnvironmentName::made("test@home"))
}

/// A record as it is stored: records have no equality of their own.
pub(super) fn text(record: &Record) -> String {
    serde_json::to_string(record).unwrap_or_else(|cause| format!("unwritable: {cause}"))
}

/// A deployment with a driver.
#[derive(Debug, Clone)]
pub(super) struct Driven {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) id: DeploymentId,
    pub(super) lease: Lease,
}

/// A new deployment, with record 0.
pub(super) async fn created(journal: &Arc<dyn Journal>) -> Result<DeploymentId> {
    let id = DeploymentId::generate();
    journal.create(&id, time(0), &record(0)).await?;
    Ok(id)
}

impl Driven {
    /// A new deployment whose lease was taken.
    pub(super) async fn new(journal: Arc<dyn Journal>) -> Result<Self> {
        let id = created(&journal).await?;
        let lease = journal.acquire(&id, None, "first", TTL).await?;
        Ok(Self { journal, id, lease })
    }

    /// The same deployment as the next driver has it.
    pub(super) async fn taken_over(&self, holder: &str) -> Result<Self> {
        let seen = self.journal.lease(&self.id).await?;
        let lease = self.journal.acquire(&self.id, seen.as_ref(), holder, TTL).await?;
        Ok(Self { lease, ..self.clone() })
    }

    pub(super) async fn append(&self, number: u64) -> Result<()> {
        self.journal.append(&self.lease, number, time(number), &record(number), Durability::Synced).await
    }

    pub(super) async fn read(&self) -> Result<Vec<Entry>> {
        self.journal.read(&self.id, 0).await
    }

    /// The chain must have exactly these entries: record `n` at place `n`, under these epochs.
    pub(super) async fn has(&self, epochs: &[u64]) -> Result<(), Broken> {
        let entries = self.read().await?;
        let seen: Vec<_> = entries.iter().map(|entry| (entry.sequence, entry.epoch, entry.at, text(&entry.record))).collect();
        let must: Vec<_> = (0..).zip(epochs).map(|(n, epoch)| (n, *epoch, time(n), text(&record(n)))).collect();
        hold(seen == must, format!("the chain is {seen:?} where it must be {must:?}"))
    }
}
