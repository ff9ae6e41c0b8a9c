//! A database that is made from a backup, waited for until it takes connections.

use std::time::Duration;

use deployment_core::{Error, ErrorKind, Result, Status, Timestamp, time::Clock};
use tokio::time::sleep;

use super::{
    check::RestoredDatabase,
    placement::Placement,
    plane::{Database, Making, Origin},
    snapshots::Snapshots,
    states::Life,
    tags::{self, Purpose},
};

/// The wait between two looks: each is twice as long as the one before.
#[derive(Debug)]
pub(super) struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(Duration::from_secs(2))
    }
}

impl Pause {
    const LONGEST: Duration = Duration::from_secs(30);

    pub(super) fn next(&self) -> Duration {
        self.0
    }

    pub(super) fn step(&mut self) -> Duration {
        let now = self.0;
        self.0 = (now * 2).min(Self::LONGEST);
        now
    }

    /// Waits, and says whether there is time for another look.
    pub(super) async fn rest(&mut self, clock: &dyn Clock, end: Timestamp) -> bool {
        if clock.now() + self.next() >= end {
            return false;
        }
        sleep(self.step()).await;
        true
    }
}

impl<Of: 'static> Snapshots<Of> {
    /// Where and how: what is not said is as the source has it now. `said_by` is the setting that says it.
    pub(super) async fn placed(&self, said: &Placement, said_by: &str, origin: Origin<'_>) -> Result<Placement> {
        let is_copy = matches!(origin, Origin::Snapshot(from) if from.copied_from.is_some());
        match self.plane.database(&self.source).await? {
            Some(source) => Ok(said.or(&source.placement)),
            None if is_copy && said.subnet_group.is_none() => {
                let message = format!("the backup is a copy, and its database {} is not in this region to say where; ", self.source);
                let advice = format!("say it by {said_by}: a Placement with a subnet group of this region");
                Err(Error::new(ErrorKind::InvalidInput, "restore", message + &advice))
            }
            None => Ok(said.clone()),
        }
    }

    /// The database, once it takes connections: the one that an earlier try has made, or a new one.
    pub(super) async fn made(&self, making: Making<'_>, purpose: Purpose, name: &str, end: Timestamp) -> Result<Database> {
        let mut pause = Pause::default();
        loop {
            let status = match self.plane.database(making.identifier).await? {
                None => {
                    self.begin(making).await?;
                    "not there yet".to_owned()
                }
                Some(found) if !tags::is_from(&found.tags, purpose, &self.source, name) => return Err(foreign(&found)),
                Some(found) => match found.life() {
                    Life::Available => return Ok(found),
                    Life::Broken => return Err(failed(&found.identifier, format!("it is in the state {}", found.status))),
                    // One that is on its way out leaves its name to the next.
                    Life::Changing | Life::Deleting => found.status,
                },
            };
            self.rest(&mut pause, making.identifier, &status, end).await?;
        }
    }

    async fn begin(&self, making: Making<'_>) -> Result<()> {
        match self.plane.make(making).await {
            // It has come to be since we looked: the next look says whose it is.
            Err(error) if error.kind() == ErrorKind::Conflict && error.status() == Status::Permanent => Ok(()),
            result => result,
        }
    }

    /// Waits until the database can be queried.
    pub(super) async fn opened(&self, database: &Database, making: Making<'_>, end: Timestamp) -> Result<()> {
        let mut pause = Pause::default();
        while !self.plane.open(database, making).await? {
            self.rest(&mut pause, making.identifier, "waiting for its instance", end).await?;
        }
        Ok(())
    }

    async fn rest(&self, pause: &mut Pause, identifier: &str, status: &str, end: Timestamp) -> Result<()> {
        if pause.rest(self.clock.as_ref(), end).await {
            return Ok(());
        }
        Err(failed(identifier, format!("it does not take connections in time; at the end it was: {status}")))
    }
}

/// Where it is reached.
pub(super) fn endpoint(database: &Database) -> Result<RestoredDatabase> {
    let (host, port) = database.endpoint.clone().ok_or_else(|| failed(&database.identifier, "AWS says no endpoint of it".to_owned()))?;
    Ok(RestoredDatabase { identifier: database.identifier.clone(), engine: database.engine.clone(), host, port })
}

fn failed(identifier: &str, message: String) -> Error {
    Error::new(ErrorKind::Failed, "restore", format!("the database {identifier} was restored, but {message}"))
}

fn foreign(found: &Database) -> Error {
    let message = format!("the database {} is there already, and its tags do not say that it was made by this", found.identifier);
    Error::new(ErrorKind::Conflict, "restore", format!("{message}; remove it, or choose another name"))
}
