//! What is wrong with the database or the account, before a snapshot is needed.

use async_trait::async_trait;
use deployment_core::{Result, backup::VerifyLevel};

use super::{calls::Quota, snapshots::Snapshots};
use crate::preflight::{Findings, Precondition};

#[async_trait]
impl<Of: 'static> Precondition for Snapshots<Of> {
    fn describe(&self) -> String {
        format!("backups of the {} {}", self.plane.kind(), self.source)
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        findings.found(self.must_be_fit().await)?;
        if self.check.is_some() {
            findings.found(self.can_try_out(VerifyLevel::Queried))?;
        }
        let quotas = findings.if_allowed(self.plane.quotas().await)?.unwrap_or_default();
        let (snapshots, databases) = self.plane.counted_as();
        let used_up = |name: &&str| quotas.iter().find(|quota| quota.name == *name && quota.used >= quota.most).map(told);
        if let Some(told) = used_up(&snapshots) {
            findings.problem(format!("{told}; remove some by prune, or ask AWS for more."));
        }
        for told in databases.iter().filter_map(used_up) {
            let told = format!("{told}: a verification that restores cannot make its database; remove one, or ask AWS for more.");
            // Only with a check it is known that there will be one.
            if self.check.is_some() { findings.problem(told) } else { findings.warn(told) }
        }
        Ok(())
    }
}

fn told(quota: &Quota) -> String {
    format!("The account has {} of {} {}", quota.used, quota.most, quota.name)
}
