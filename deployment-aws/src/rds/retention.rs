//! What is kept of the backups and of their copies.

use std::collections::BTreeMap;

use deployment_core::{
    EffectContext, Result,
    backup::{Backup, BackupState, Retention},
};

use super::{plane::Snapshot, snapshots::Snapshots};

impl<Of: 'static> Snapshots<Of> {
    /// Removes what goes here and of the copies, each by itself. Returns each name once.
    pub(super) async fn pruned(&self, context: &EffectContext, retention: &Retention) -> Result<Vec<Backup>> {
        let mut here = self.catalogue().await?;
        let Some(copies) = &self.copies else {
            let gone: Vec<_> = by_origin(here).into_iter().flat_map(|same| going(same, retention)).collect();
            return self.remove(context, &gone).await.map(|()| gone);
        };
        // What another region has copied to here is that one's to prune.
        here.retain(|(_, snapshot)| snapshot.origin().is_none_or(|region| self.region.as_deref() == Some(region)));
        // Both are looked at before anything goes.
        let there = self.in_region(copies);
        let copied = copies.at(there.copies_from(self.region.as_deref()).await)?;
        let under_way: Vec<_> = copied.iter().filter(|(_, copy)| copy.state() == BackupState::InProgress).map(name_of).collect();
        let mut gone = going(here, retention);
        // AWS may give up a copy whose original goes.
        gone.retain(|backup| !under_way.contains(&backup.name));
        let gone_there = going(copied, retention);
        let removed = self.remove(context, &gone).await;
        copies.at(there.remove(context, &gone_there).await).and(removed)?;
        let known: Vec<_> = gone.iter().map(|backup| backup.name.clone()).collect();
        gone.extend(gone_there.into_iter().filter(|backup| !known.contains(&backup.name)));
        Ok(gone)
    }

    /// The copies of backups of another region; this one may have backups of its own, of a database of the same name.
    async fn copies_from(&self, region: Option<&str>) -> Result<Vec<(Backup, Snapshot)>> {
        let mut all = self.catalogue().await?;
        all.retain(|(_, snapshot)| region.is_some() && snapshot.origin() == region);
        Ok(all)
    }

    /// One that AWS does not remove keeps no other.
    async fn remove(&self, context: &EffectContext, backups: &[Backup]) -> Result<()> {
        let mut all = Ok(());
        for backup in backups {
            let removed = self.plane.delete_snapshot(&self.identifier(&backup.name)?).await;
            all = all.and(removed.map_err(|error| error.with("deployment", &context.deployment).with("backup", &backup.name)));
        }
        all
    }
}

/// Backups of a database here, and copies of those of one of the same name elsewhere, each region's by themselves: none of one keeps or lets go
/// one of another.
fn by_origin(catalogue: Vec<(Backup, Snapshot)>) -> Vec<Vec<(Backup, Snapshot)>> {
    let mut groups: BTreeMap<Option<String>, Vec<(Backup, Snapshot)>> = BTreeMap::new();
    for (backup, snapshot) in catalogue {
        groups.entry(snapshot.origin().map(str::to_owned)).or_default().push((backup, snapshot));
    }
    groups.into_values().collect()
}

/// What has failed is no backup, and what is being made is none yet: neither counts as one that is kept.
fn going(catalogue: Vec<(Backup, Snapshot)>, retention: &Retention) -> Vec<Backup> {
    let (complete, others): (Vec<_>, Vec<_>) = catalogue.into_iter().partition(|(_, snapshot)| snapshot.state() == BackupState::Complete);
    let backups: Vec<_> = complete.into_iter().map(|(backup, _)| backup).collect();
    let failed = others.into_iter().filter(|(backup, snapshot)| snapshot.is_failed() && backup.taken_at < retention.before);
    retention.removes(&backups).into_iter().chain(failed.map(|(backup, _)| backup)).collect()
}

fn name_of((backup, _): &(Backup, Snapshot)) -> String {
    backup.name.clone()
}
