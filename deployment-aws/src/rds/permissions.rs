//! What must be allowed for a backup that is made and verified, and for its copies.
//!
//! Which action is of which resources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html>. What only
//! [`prune`](deployment_core::backup::BackupProvider::prune) and the restores to stay do is not among it: no deployment does it.

use deployment_core::Result;

use super::snapshots::Snapshots;
use crate::{
    arn::Home,
    preflight::{Needs, there},
};

/// An action, and its resources behind the account of their ARNs. `SOURCE` stands for the database; a deployment's backups are called
/// `deployment-…`, see [`name_of`](deployment_core::backup::name_of), and what a verification makes `verify-…`.
pub(super) type Allowed = (&'static str, &'static [&'static str]);

pub(super) const OF_INSTANCES: &[Allowed] = &[
    ("rds:DescribeDBInstances", &["db:*"]),
    ("rds:DescribeDBSnapshots", &["db:SOURCE", "snapshot:*"]),
    ("rds:CreateDBSnapshot", &["db:SOURCE", "snapshot:deployment-*"]),
    ("rds:AddTagsToResource", &["snapshot:deployment-*", "db:verify-*"]),
    ("rds:RestoreDBInstanceFromDBSnapshot", &["snapshot:deployment-*", "db:verify-*", "og:*", "pg:*", "subgrp:*"]),
    ("rds:DeleteDBInstance", &["db:verify-*"]),
];
pub(super) const OF_CLUSTERS: &[Allowed] = &[
    ("rds:DescribeDBClusters", &["cluster:*"]),
    ("rds:DescribeDBInstances", &["db:*"]),
    ("rds:DescribeDBClusterSnapshots", &["cluster:SOURCE", "cluster-snapshot:*"]),
    ("rds:CreateDBClusterSnapshot", &["cluster:SOURCE", "cluster-snapshot:deployment-*"]),
    ("rds:AddTagsToResource", &["cluster-snapshot:deployment-*", "cluster:verify-*", "db:verify-*"]),
    ("rds:RestoreDBClusterFromSnapshot", &["cluster-snapshot:deployment-*", "cluster:verify-*", "cluster-pg:*", "og:*", "subgrp:*"]),
    ("rds:CreateDBInstance", &["cluster:verify-*", "db:verify-*", "og:*", "pg:*", "subgrp:*"]),
    ("rds:DeleteDBInstance", &["db:verify-*"]),
    ("rds:DeleteDBCluster", &["cluster:verify-*"]),
];
/// In the region of the copies. The original is named too, by its own ARN.
pub(super) const OF_INSTANCES_COPIED: &[Allowed] = &[
    ("rds:CopyDBSnapshot", &["snapshot:deployment-*"]),
    ("rds:AddTagsToResource", &["snapshot:deployment-*"]),
    ("rds:DescribeDBSnapshots", &["db:SOURCE", "snapshot:*"]),
];
pub(super) const OF_CLUSTERS_COPIED: &[Allowed] = &[
    ("rds:CopyDBClusterSnapshot", &["cluster-snapshot:deployment-*"]),
    ("rds:AddTagsToResource", &["cluster-snapshot:deployment-*"]),
    ("rds:DescribeDBClusterSnapshots", &["cluster:SOURCE", "cluster-snapshot:*"]),
];

/// Of each key whose ARN is known; one that is named by its id or an alias needs the same, and is not among it. Source:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html>.
const KEY: [&str; 2] = ["kms:CreateGrant", "kms:DescribeKey"];

impl<Of: 'static> Snapshots<Of> {
    pub(super) async fn permissions(&self) -> Result<Needs> {
        let mut needs = Needs::new();
        let Some(database) = there(self.plane.database(&self.source).await)?.flatten() else { return Ok(needs) };
        let Some(home) = Home::of(&database.arn) else { return Ok(needs) };
        needs.allow("rds:DescribeAccountAttributes", "*");
        let (here, copied) = self.plane.permissions();
        self.allow(&mut needs, home, here);
        let keys = database.key.iter().chain(self.copies.iter().filter_map(|copies| copies.to.key.as_ref()));
        for key in keys.filter(|key| key.starts_with("arn:") && !key.contains(":alias/")) {
            KEY.iter().for_each(|action| needs.allow(*action, key));
        }
        if let Some(copies) = &self.copies {
            self.allow(&mut needs, home.at(&copies.region, home.account()), copied);
            for (action, resources) in copied.iter().filter(|(action, _)| action.starts_with("rds:Copy")) {
                resources.iter().for_each(|resource| needs.allow(*action, home.arn("rds", resource)));
            }
        }
        Ok(needs)
    }

    fn allow(&self, needs: &mut Needs, home: Home<'_>, allowed: &[Allowed]) {
        for (action, resources) in allowed {
            for resource in *resources {
                needs.allow(*action, home.arn("rds", &resource.replace("SOURCE", &self.source)));
            }
        }
    }
}
