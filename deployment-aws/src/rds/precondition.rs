//! What is wrong with the database or the account, before a snapshot is needed.

use async_trait::async_trait;
use deployment_core::{
    Result,
    backup::{BackupState, VerifyLevel},
};

use super::{calls::Quota, copies::Copies, snapshots::Snapshots};
use crate::preflight::{Findings, Needs, Precondition};

#[async_trait]
impl<Of: 'static> Precondition for Snapshots<Of> {
    fn describe(&self) -> String {
        format!("backups of the {} {}{}", self.plane.kind(), self.source, self.copied_where())
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        findings.found(self.must_be_fit().await)?;
        if self.check.is_some() {
            findings.found(self.can_try_out(VerifyLevel::Queried))?;
        }
        let (snapshots, databases) = self.plane.counted_as();
        let quotas = findings.if_allowed(self.plane.quotas().await)?.unwrap_or_default();
        findings.problems.extend(used_up(&quotas, snapshots).map(|told| told + REMOVE));
        for told in databases.iter().filter_map(|name| used_up(&quotas, name)) {
            let told = format!("{told}: a verification that restores cannot make its database; remove one, or ask AWS for more.");
            // Only with a check it is known that there will be one.
            if self.check.is_some() { findings.problem(told) } else { findings.warn(told) }
        }
        match &self.copies {
            Some(copies) => examine_copies(copies, findings).await,
            None => Ok(()),
        }
    }

    async fn needs(&self) -> Result<Needs> {
        self.permissions().await
    }
}

const REMOVE: &str = "; remove some by prune, or ask AWS for more.";

/// The other region is asked what a copy will ask of it.
async fn examine_copies(Copies { plane, region, .. }: &Copies, findings: &mut Findings) -> Result<()> {
    let at = |error: deployment_core::Error| error.with("region", region);
    let snapshots = findings.found(plane.snapshots(None).await.map_err(at))?.unwrap_or_default();
    let under_way = snapshots.iter().filter(|one| one.copied_from.is_some() && one.state() == BackupState::InProgress).count();
    let most = plane.copies_at_once();
    if under_way >= most {
        let told = format!("{under_way} copies of snapshots are under way to {region}, and AWS begins no more than {most}");
        findings.warn(format!("{told}: a backup waits until others end."));
    }
    let quotas = findings.if_allowed(plane.quotas().await.map_err(at))?.unwrap_or_default();
    findings.problems.extend(used_up(&quotas, plane.counted_as().0).map(|told| format!("{told} in {region}{REMOVE}")));
    Ok(())
}

fn used_up(quotas: &[Quota], name: &str) -> Option<String> {
    let quota = quotas.iter().find(|quota| quota.name == name && quota.used >= quota.most)?;
    Some(format!("The account has {} of {} {}", quota.used, quota.most, quota.name))
}
