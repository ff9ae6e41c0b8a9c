//! Snapshots as core's backups.

use async_trait::async_trait;
use deployment_core::{
    EffectContext, Error, ErrorKind, Result, Status,
    backup::{Backup, BackupProvider, BackupState, Retention, VerifyLevel},
};

use super::{
    names,
    plane::{Database, Snapshot},
    snapshots::{Snapshots, Unencrypted},
    states::Life,
    tags::{self, Purpose},
};

#[async_trait]
impl<Of: 'static> BackupProvider for Snapshots<Of> {
    fn describe(&self) -> String {
        let check = self.check.as_ref().map(|check| format!(", queried by: {}", check.describe())).unwrap_or_default();
        format!("RDS snapshots of the {} {}{}{check}", self.plane.kind(), self.source, self.copied_where())
    }

    async fn create(&self, context: &EffectContext, name: &str) -> Result<()> {
        let identifier = self.identifier(name)?;
        if let Some(there) = self.plane.snapshot(&identifier).await? {
            return self.must_be_of(&there, context, name);
        }
        let database = self.must_be_fit().await?;
        let ours = tags::of(context, Purpose::Backup, &self.source, name);
        let mut others = database.tags;
        others.extend(self.tags.clone());
        match self.plane.create_snapshot(&identifier, &self.source, &tags::with(ours, &others)).await {
            Err(error) if error.kind() == ErrorKind::Conflict && error.status() == Status::Permanent => {
                let there = self.plane.snapshot(&identifier).await?.ok_or(error)?;
                self.must_be_of(&there, context, name)
            }
            result => result,
        }
    }

    async fn status(&self, name: &str) -> Result<BackupState> {
        let Some(snapshot) = self.plane.snapshot(&self.identifier(name)?).await? else { return Ok(BackupState::Absent) };
        self.must_be_backup(&snapshot, name)?;
        Ok(snapshot.state())
    }

    async fn verify(&self, context: &EffectContext, name: &str, level: VerifyLevel) -> Result<VerifyLevel> {
        let snapshot = self.find(name).await?;
        if let Some(reached) = tags::verified_by(&snapshot.tags, context).filter(|reached| *reached >= level) {
            self.remove_trial(context, name).await?;
            self.mark_copy(context, &snapshot, name).await?;
            return Ok(reached);
        }
        if level >= VerifyLevel::Complete || self.copies.is_some() {
            self.must_be_complete(&snapshot)?;
        }
        self.copied(context, &snapshot, name).await?;
        let reached = if level >= VerifyLevel::Restored {
            self.try_out(context, &snapshot, name, level).await?
        } else {
            self.record(context, &snapshot, level).await?
        };
        self.mark_copy(context, &snapshot, name).await?;
        Ok(reached)
    }

    async fn restore(&self, context: &EffectContext, name: &str) -> Result<()> {
        self.restore_as(context, name, &self.restored_name(name)).await.map(drop)
    }

    async fn list(&self) -> Result<Vec<Backup>> {
        let ours = self.catalogue().await?;
        Ok(ours.into_iter().filter(|(_, snapshot)| !snapshot.is_failed()).map(|(backup, _)| backup).collect())
    }

    async fn prune(&self, context: &EffectContext, retention: &Retention) -> Result<Vec<Backup>> {
        self.pruned(context, retention).await
    }
}

impl<Of: 'static> Snapshots<Of> {
    pub(super) fn identifier(&self, name: &str) -> Result<String> {
        names::snapshot(name, self.plane.longest_snapshot())
    }

    /// The snapshot of a backup of ours.
    pub(super) async fn find(&self, name: &str) -> Result<Snapshot> {
        let snapshot = self.plane.snapshot(&self.identifier(name)?).await?.ok_or_else(|| {
            let message = format!("there is no backup {name} of {}", self.source);
            Error::new(ErrorKind::NotFound, "find the backup", message)
        })?;
        self.must_be_backup(&snapshot, name)?;
        Ok(snapshot)
    }

    /// Every snapshot of ours that is not being removed, oldest first.
    pub(super) async fn catalogue(&self) -> Result<Vec<(Backup, Snapshot)>> {
        let snapshots = self.plane.snapshots(Some(&self.source)).await?;
        let ours = snapshots.into_iter().filter(|snapshot| tags::is_for(&snapshot.tags, Purpose::Backup, &self.source));
        let ours = ours.filter(|snapshot| Life::of(&snapshot.status) != Life::Deleting);
        // A copy that somebody has made by hand has our tags, and another identifier.
        let named = |(backup, snapshot): &(Backup, Snapshot)| self.identifier(&backup.name).is_ok_and(|own| own == snapshot.identifier);
        let mut all: Vec<_> = ours.filter_map(|snapshot| Some((self.backup(&snapshot)?, snapshot))).filter(named).collect();
        all.sort_by(|(one, _), (other, _)| (one.taken_at, &one.name).cmp(&(other.taken_at, &other.name)));
        Ok(all)
    }

    fn backup(&self, snapshot: &Snapshot) -> Option<Backup> {
        Some(Backup {
            name: tags::name_in(&snapshot.tags)?.to_owned(),
            // A snapshot that has just been asked for may have no time yet.
            taken_at: tags::taken_at(&snapshot.tags).or(snapshot.taken_at).unwrap_or_else(|| self.clock.now()),
            verified: tags::verified(&snapshot.tags),
            bytes: snapshot.bytes,
        })
    }

    /// Writes into the snapshot's tags how well it is verified.
    pub(super) async fn record(&self, context: &EffectContext, snapshot: &Snapshot, level: VerifyLevel) -> Result<VerifyLevel> {
        let highest = tags::verified(&snapshot.tags).map_or(level, |before| before.max(level));
        self.plane.tag(&snapshot.arn, &tags::of_verification(context, highest)).await?;
        Ok(level)
    }

    /// That snapshots can be made of the database, and are as they must be.
    pub(super) async fn must_be_fit(&self) -> Result<Database> {
        let refused = |kind, message: String| Err(Error::new(kind, "create the snapshot", message).with("database", &self.source));
        let kind = self.plane.kind();
        let Some(database) = self.plane.database(&self.source).await? else {
            return refused(ErrorKind::NotFound, format!("there is no {kind} of this name in this account and region"));
        };
        if let Some(cluster) = &database.member_of {
            let message = format!("it is an instance of the cluster {cluster} ({}); use RdsClusterSnapshot with that", database.engine);
            return refused(ErrorKind::InvalidInput, message);
        }
        if !database.encrypted && self.unencrypted == Unencrypted::Refused {
            let message = "it is not encrypted, so a snapshot would not be either; encrypt it, or say allow_unencrypted";
            return refused(ErrorKind::InvalidInput, message.to_owned());
        }
        if let Some(why) = self.copies.as_ref().and_then(|copies| self.plane.cannot_copy(&database, &copies.to)) {
            return refused(ErrorKind::InvalidInput, why.to_owned());
        }
        if matches!(database.life(), Life::Broken | Life::Deleting) {
            let message = format!("it is in the state {}, in which AWS makes no snapshot", database.status);
            return refused(ErrorKind::Failed, message);
        }
        Ok(database)
    }

    fn must_be_complete(&self, snapshot: &Snapshot) -> Result<()> {
        let failed = |message: String| Err(Error::new(ErrorKind::Failed, "verify", message).with("snapshot", &snapshot.identifier));
        match snapshot.state() {
            BackupState::Complete => {}
            BackupState::Failed { reason } => return failed(reason),
            BackupState::InProgress | BackupState::Absent => return failed(format!("it is not complete, but {}", snapshot.status)),
        }
        if !snapshot.encrypted && self.unencrypted == Unencrypted::Refused {
            return failed("it is not encrypted; encrypt the database, or say allow_unencrypted".to_owned());
        }
        Ok(())
    }

    pub(super) fn must_be_backup(&self, snapshot: &Snapshot, name: &str) -> Result<()> {
        let ours = tags::is_from(&snapshot.tags, Purpose::Backup, &self.source, name) && snapshot.source == self.source;
        if ours { Ok(()) } else { Err(self.foreign(snapshot)) }
    }

    fn must_be_of(&self, snapshot: &Snapshot, context: &EffectContext, name: &str) -> Result<()> {
        self.must_be_backup(snapshot, name)?;
        if tags::is_of(&snapshot.tags, context) { Ok(()) } else { Err(self.foreign(snapshot)) }
    }

    pub(super) fn foreign(&self, snapshot: &Snapshot) -> Error {
        let message = format!("the snapshot {} is there already, and its tags do not say that it is this backup", snapshot.identifier);
        Error::new(ErrorKind::Conflict, "find the backup", format!("{message}; remove it, or choose another name"))
            .with("database", &self.source)
    }
}
