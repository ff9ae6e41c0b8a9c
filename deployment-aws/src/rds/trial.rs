//! Verification by a restored database, which is removed again.

use std::time::Duration;

use deployment_core::{EffectContext, Error, ErrorKind, Result, Status, Timestamp, backup::VerifyLevel};
use tokio::time::{sleep, timeout};

use super::{
    check::RestoredDatabase,
    making::{Pause, endpoint},
    names,
    plane::{Database, Making, Origin, Snapshot},
    snapshots::Snapshots,
    states::Life,
    tags::{self, Purpose},
};

/// What is kept of the time that the caller gives, to remove the database in: three calls, and their repetition.
const FOR_REMOVAL: Duration = Duration::from_secs(90);

impl<Of: 'static> Snapshots<Of> {
    /// Restores the snapshot, asks the check if the level says so, records what was reached, and removes what was restored.
    ///
    /// Called again, it goes on with the database that is there. An error that may go away by itself leaves it there for that.
    pub(super) async fn try_out(
        &self,
        context: &EffectContext,
        snapshot: &Snapshot,
        name: &str,
        level: VerifyLevel,
    ) -> Result<VerifyLevel> {
        self.can_try_out(level)?;
        let end = context.deadline - FOR_REMOVAL;
        let tried = if self.clock.now() < end {
            self.try_until(context, snapshot, name, level, end).await
        } else {
            Err(failed("there is too little time left to restore it; give the backup's step a longer deadline".to_owned()))
        };
        match tried {
            Err(error) if error.status() != Status::Permanent && self.clock.now() < end => Err(error),
            tried => {
                let removed = self.remove_trial(context, name).await;
                match (tried, removed) {
                    (Ok(level), removed) => removed.map(|()| level),
                    (Err(error), Ok(())) => Err(error),
                    (Err(error), Err(left)) => Err(error.with("left behind", trial_name(name)).because(left)),
                }
            }
        }
    }

    pub(super) fn can_try_out(&self, level: VerifyLevel) -> Result<()> {
        if level < VerifyLevel::Queried {
            return Ok(());
        }
        let refused = |message: &str| Err(Error::new(ErrorKind::Unsupported, "verify", message).with("database", &self.source));
        match (&self.check, self.plane.cannot_open(&self.trial)) {
            (None, _) => refused("there is no check to query the restored database with; give one by queried_by"),
            (_, Some(why)) => refused(why),
            _ => Ok(()),
        }
    }

    async fn try_until(
        &self,
        context: &EffectContext,
        snapshot: &Snapshot,
        name: &str,
        level: VerifyLevel,
        end: Timestamp,
    ) -> Result<VerifyLevel> {
        let trial = trial_name(name);
        let origin = Origin::Snapshot(snapshot);
        let placement = self.placed(&self.trial, "trial", origin).await?;
        let tags = tags::of(context, Purpose::Verification, &self.source, name);
        let making = Making { identifier: &trial, origin, placement: &placement, tags: &tags };
        let database = self.made(making, Purpose::Verification, name, end).await?;
        if level >= VerifyLevel::Queried {
            self.opened(&database, making, end).await?;
            self.ask(&database, end).await?;
        }
        self.record(context, snapshot, level).await
    }

    async fn ask(&self, database: &Database, end: Timestamp) -> Result<()> {
        let Some(check) = &self.check else { return Ok(()) };
        let restored: RestoredDatabase = endpoint(database)?;
        let left = end.since(self.clock.now());
        let overdue = || failed(format!("the check \"{}\" gave no answer within {} s", check.describe(), left.as_secs()));
        timeout(left, check.check(&restored)).await.unwrap_or_else(|_| Err(overdue()))
    }

    /// Asks for the removal of what a verification of this backup has restored, until it is accepted.
    ///
    /// It is tried again here, and not by the engine: after a check that has failed nobody would come back for it.
    pub(super) async fn remove_trial(&self, context: &EffectContext, name: &str) -> Result<()> {
        let mut pause = Pause::default();
        loop {
            match self.remove_once(&trial_name(name), Some(name)).await {
                Err(error) if error.status() != Status::Permanent && self.clock.now() + pause.next() < context.deadline => {
                    sleep(pause.step()).await;
                }
                result => return result.map(drop),
            }
        }
    }

    /// Says whether there was something to remove.
    async fn remove_once(&self, identifier: &str, name: Option<&str>) -> Result<bool> {
        let Some(database) = self.plane.database(identifier).await? else { return Ok(false) };
        let purpose = Purpose::Verification;
        let ours = tags::is_for(&database.tags, purpose, &self.source) && (name.is_none() || tags::name_in(&database.tags) == name);
        if !ours || database.life() == Life::Deleting {
            return Ok(false);
        }
        self.plane.delete(&database, purpose, &self.source).await.map(|()| true)
    }

    /// Removes the databases that verifications of this source have made before this time and not removed: their process died, and the
    /// deployment was never taken up again. Returns their identifiers.
    ///
    /// A verification that is under way elsewhere loses its database: choose a time that none lasts.
    ///
    /// # Errors
    /// If AWS refuses; what was removed until then is removed.
    pub async fn remove_leftovers(&self, before: Timestamp) -> Result<Vec<String>> {
        let mut removed = Vec::new();
        for database in self.plane.databases().await? {
            let ours = tags::is_for(&database.tags, Purpose::Verification, &self.source) && database.member_of.is_none();
            // What has no time yet has only just been asked for.
            let old = database.created_at.is_some_and(|created| created < before);
            if ours && old && self.remove_once(&database.identifier, None).await? {
                removed.push(database.identifier);
            }
        }
        Ok(removed)
    }
}

fn trial_name(name: &str) -> String {
    names::derived("verify", name)
}

fn failed(message: String) -> Error {
    Error::new(ErrorKind::Failed, "verify", message)
}
