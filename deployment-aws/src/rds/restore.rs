//! Restoring to stay.

use deployment_core::{EffectContext, Result};

use super::{
    check::RestoredDatabase,
    making::endpoint,
    names,
    plane::{Making, Origin, PointInTime},
    snapshots::Snapshots,
    tags::{self, Purpose},
};

impl<Of: 'static> Snapshots<Of> {
    /// The name of the database that [`restore`](deployment_core::backup::BackupProvider::restore) makes from the backup of this name.
    #[must_use]
    pub fn restored_name(&self, name: &str) -> String {
        names::derived("restored", name)
    }

    /// Makes a new database of this identifier from the backup of this name, and returns once it takes connections. RDS restores into new
    /// databases only: switch what uses the old one to the endpoint that is returned. Asked again, it goes on with the same database.
    ///
    /// A cluster is restored without instances: add them as your own was made.
    ///
    /// # Errors
    /// `NotFound` if there is no such backup, `Conflict` if there is another database of this identifier, `Failed` if it does not take
    /// connections by the context's deadline. Nothing is removed: what was restored is there to be looked at.
    pub async fn restore_as(&self, context: &EffectContext, name: &str, identifier: &str) -> Result<RestoredDatabase> {
        let identifier = names::database("identifier", identifier)?;
        let snapshot = self.find(name).await?;
        self.restore_from(context, Origin::Snapshot(&snapshot), name, &identifier).await
    }

    /// The same from the database as it was at a point in time, which needs automated backups to be on. Asked again under the same identifier,
    /// it goes on with the same database, also for another time.
    ///
    /// # Errors
    /// As [`restore_as`](Self::restore_as); `InvalidInput` if AWS cannot restore to this time.
    pub async fn restore_to(&self, context: &EffectContext, when: PointInTime, identifier: &str) -> Result<RestoredDatabase> {
        let identifier = names::database("identifier", identifier)?;
        let origin = Origin::Time { source: &self.source, when };
        self.restore_from(context, origin, &identifier, &identifier).await
    }

    async fn restore_from(&self, context: &EffectContext, origin: Origin<'_>, name: &str, identifier: &str) -> Result<RestoredDatabase> {
        let placement = self.placed(&self.restored, "restored", origin).await?;
        let ours = tags::of(context, Purpose::Restore, &self.source, name);
        let tags = tags::with(ours, &self.tags);
        let making = Making { identifier, origin, placement: &placement, tags: &tags };
        endpoint(&self.made(making, Purpose::Restore, name, context.deadline).await?)
    }
}
