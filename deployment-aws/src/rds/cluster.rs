//! Clusters of Aurora and DocumentDB, which have the same control plane.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_rds::{
    Client,
    types::{DbCluster, DbClusterSnapshot},
};
use deployment_core::{Error, ErrorKind, Result};

use super::{
    calls::{self, Quota, changes, chosen, if_there, reads},
    destination::{Destination, NO_KEY},
    instance,
    permissions::{self, Allowed},
    placement::Placement,
    plane::{Asked, Copying, Database, Making, Origin, Plane, PointInTime, Snapshot, from_timestamp, to_timestamp},
    states::Life,
    tags::{self, Purpose, Tags},
};

#[derive(Debug)]
pub(super) struct Clusters(pub(super) Client);

#[async_trait]
impl Plane for Clusters {
    fn kind(&self) -> &'static str {
        "cluster"
    }

    fn longest_snapshot(&self) -> usize {
        63
    }

    async fn snapshot(&self, identifier: &str) -> Result<Option<Snapshot>> {
        let call = reads("look at the snapshot", "rds:DescribeDBClusterSnapshots");
        let describe = self.0.describe_db_cluster_snapshots().db_cluster_snapshot_identifier(identifier);
        Ok(if_there(call, describe.send().await)?.and_then(|found| found.db_cluster_snapshots().first().map(snapshot)))
    }

    async fn snapshots(&self, source: Option<&str>) -> Result<Vec<Snapshot>> {
        let call = reads("list the snapshots", "rds:DescribeDBClusterSnapshots");
        let describe = self.0.describe_db_cluster_snapshots().set_db_cluster_identifier(source.map(str::to_owned)).snapshot_type("manual");
        let all: Result<Vec<_>, _> = describe.into_paginator().items().send().collect().await;
        Ok(all.map_err(|error| call.failed(error))?.iter().map(snapshot).collect())
    }

    async fn create_snapshot(&self, identifier: &str, source: &str, tags: &Tags) -> Result<()> {
        let call = changes("create the snapshot", "rds:CreateDBClusterSnapshot");
        let create = self.0.create_db_cluster_snapshot().db_cluster_snapshot_identifier(identifier).db_cluster_identifier(source);
        create.set_tags(Some(tags::to_sdk(tags))).send().await.map(drop).map_err(|error| call.failed(error))
    }

    fn at(&self, client: Client) -> Arc<dyn Plane> {
        Arc::new(Self(client))
    }

    async fn copy_snapshot(&self, copying: Copying<'_>) -> Result<Asked> {
        let call = changes("copy the snapshot", "rds:CopyDBClusterSnapshot");
        let copy = self.0.copy_db_cluster_snapshot().source_db_cluster_snapshot_identifier(&copying.of.arn);
        let copy = copy.target_db_cluster_snapshot_identifier(&copying.of.identifier).set_kms_key_id(copying.key.map(str::to_owned));
        calls::asked(call, copy.set_tags(Some(tags::to_sdk(copying.tags))).send().await)
    }

    fn cannot_copy(&self, database: &Database, to: &Destination) -> Option<&'static str> {
        match (&to.key, database.encrypted) {
            // Source: Amazon DocumentDB Developer Guide, `CopyDBClusterSnapshot`, `PreSignedUrl`.
            _ if database.engine == "docdb" => {
                Some("AWS wants a signed address for a copy from another region of DocumentDB, which is not made here; leave out copied_to")
            }
            _ if to.option_group.is_some() => Some("a cluster has no option group; leave out Destination::option_group"),
            (None, true) => Some(NO_KEY),
            (Some(_), false) => Some("AWS does not encrypt a cluster's snapshot by copying it; leave out Destination::encrypted_by"),
            _ => None,
        }
    }

    fn permissions(&self) -> (&'static [Allowed], &'static [Allowed]) {
        (permissions::OF_CLUSTERS, permissions::OF_CLUSTERS_COPIED)
    }

    /// Source: Amazon Aurora User Guide, "DB cluster snapshot copying", and Amazon DocumentDB Developer Guide, "Copying cluster snapshots".
    fn copies_at_once(&self) -> usize {
        5
    }

    async fn delete_snapshot(&self, identifier: &str) -> Result<()> {
        let call = changes("delete the snapshot", "rds:DeleteDBClusterSnapshot");
        if_there(call, self.0.delete_db_cluster_snapshot().db_cluster_snapshot_identifier(identifier).send().await).map(drop)
    }

    async fn tag(&self, arn: &str, tags: &Tags) -> Result<()> {
        calls::tag(&self.0, arn, tags).await
    }

    async fn database(&self, identifier: &str) -> Result<Option<Database>> {
        let call = reads("look at the database", "rds:DescribeDBClusters");
        let found = if_there(call, self.0.describe_db_clusters().db_cluster_identifier(identifier).send().await)?;
        Ok(found.and_then(|found| found.db_clusters().first().map(database)))
    }

    async fn databases(&self) -> Result<Vec<Database>> {
        let call = reads("list the databases", "rds:DescribeDBClusters");
        let all: Result<Vec<_>, _> = self.0.describe_db_clusters().into_paginator().items().send().collect().await;
        Ok(all.map_err(|error| call.failed(error))?.iter().map(database).collect())
    }

    async fn make(&self, making: Making<'_>) -> Result<()> {
        match making.origin {
            Origin::Snapshot(from) => self.restore(making, from).await,
            Origin::Time { source, when } => self.rewind(making, source, when).await,
        }
    }

    /// A cluster takes connections through an instance only.
    async fn open(&self, database: &Database, making: Making<'_>) -> Result<bool> {
        let name = format!("{}-1", making.identifier);
        match instance::find(&self.0, &name).await? {
            None => self.add_instance(&name, database, making).await.map(|()| false),
            Some(found) => match found.life() {
                Life::Available => Ok(true),
                Life::Changing => Ok(false),
                Life::Broken | Life::Deleting => {
                    let message = format!("its instance {name} is in the state {}", found.status);
                    Err(Error::new(ErrorKind::Failed, "open the database", message))
                }
            },
        }
    }

    fn cannot_open(&self, placement: &Placement) -> Option<&'static str> {
        placement.class.is_none().then_some("a cluster is queried through an instance; give its class by Placement::class")
    }

    async fn quotas(&self) -> Result<Vec<Quota>> {
        calls::quotas(&self.0).await
    }

    fn counted_as(&self) -> (&'static str, &'static [&'static str]) {
        ("ManualClusterSnapshots", &["DBClusters", "DBInstances"])
    }

    async fn delete(&self, database: &Database, purpose: Purpose, source: &str) -> Result<()> {
        for member in instance::list(&self.0, Some(&database.identifier)).await? {
            if !tags::is_for(&member.tags, purpose, source) {
                let message = format!("the cluster {} has an instance {} that is not ours", database.identifier, member.identifier);
                return Err(Error::new(ErrorKind::Conflict, "delete the database", format!("{message}; remove both by hand")));
            }
            instance::remove(&self.0, &member.identifier).await?;
        }
        let call = changes("delete the database", "rds:DeleteDBCluster");
        let delete = self.0.delete_db_cluster().db_cluster_identifier(&database.identifier).skip_final_snapshot(true);
        if_there(call, delete.send().await).map(drop)
    }
}

impl Clusters {
    async fn restore(&self, making: Making<'_>, from: &Snapshot) -> Result<()> {
        let call = changes("restore", "rds:RestoreDBClusterFromSnapshot");
        let placement = making.placement;
        let restore = self.0.restore_db_cluster_from_snapshot().db_cluster_identifier(making.identifier);
        let restore = restore.snapshot_identifier(&from.identifier).engine(&from.engine).set_vpc_security_group_ids(placement.groups());
        // Without one AWS takes the default of the region, which may be another.
        let restore = restore.set_engine_version(from.version.clone()).set_db_subnet_group_name(placement.subnet_group.clone());
        let restore = restore.set_db_cluster_parameter_group_name(placement.parameter_group.clone());
        restore.set_tags(Some(tags::to_sdk(making.tags))).send().await.map(drop).map_err(|error| call.failed(error))
    }

    async fn rewind(&self, making: Making<'_>, source: &str, when: PointInTime) -> Result<()> {
        let call = changes("restore", "rds:RestoreDBClusterToPointInTime");
        let placement = making.placement;
        let restore = self.0.restore_db_cluster_to_point_in_time().db_cluster_identifier(making.identifier);
        let restore = match when {
            PointInTime::Latest => restore.use_latest_restorable_time(true),
            PointInTime::At(time) => restore.restore_to_time(from_timestamp(time)),
        };
        let restore = restore.source_db_cluster_identifier(source).set_vpc_security_group_ids(placement.groups());
        let restore = restore.set_db_subnet_group_name(placement.subnet_group.clone());
        let restore = restore.set_db_cluster_parameter_group_name(placement.parameter_group.clone());
        restore.set_tags(Some(tags::to_sdk(making.tags))).send().await.map(drop).map_err(|error| call.failed(error))
    }

    async fn add_instance(&self, name: &str, database: &Database, making: Making<'_>) -> Result<()> {
        let call = changes("add an instance", "rds:CreateDBInstance");
        let create = self.0.create_db_instance().db_instance_identifier(name).db_cluster_identifier(&database.identifier);
        let create = create.engine(&database.engine).set_db_instance_class(making.placement.class.clone());
        // DocumentDB is never public, and has no such setting.
        let create = create.set_publicly_accessible((database.engine != "docdb").then_some(false));
        create.set_tags(Some(tags::to_sdk(making.tags))).send().await.map(drop).map_err(|error| call.failed(error))
    }
}

fn snapshot(snapshot: &DbClusterSnapshot) -> Snapshot {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Snapshot {
        identifier: text(snapshot.db_cluster_snapshot_identifier()),
        arn: text(snapshot.db_cluster_snapshot_arn()),
        source: text(snapshot.db_cluster_identifier()),
        engine: text(snapshot.engine()),
        version: snapshot.engine_version().map(str::to_owned),
        status: text(snapshot.status()),
        percent: snapshot.percent_progress(),
        encrypted: snapshot.storage_encrypted().unwrap_or_default(),
        taken_at: snapshot.snapshot_create_time().and_then(to_timestamp),
        bytes: None,
        gibibytes: None,
        copied_from: snapshot.source_db_cluster_snapshot_arn().map(str::to_owned),
        tags: tags::from_sdk(snapshot.tag_list()),
    }
}

fn database(cluster: &DbCluster) -> Database {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let groups = cluster.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id().map(str::to_owned));
    Database {
        identifier: text(cluster.db_cluster_identifier()),
        arn: text(cluster.db_cluster_arn()),
        key: cluster.kms_key_id().map(str::to_owned),
        status: text(cluster.status()),
        engine: text(cluster.engine()),
        encrypted: cluster.storage_encrypted().unwrap_or_default(),
        member_of: None,
        endpoint: cluster.endpoint().and_then(|host| Some((host.to_owned(), calls::port(cluster.port())?))),
        created_at: cluster.cluster_create_time().and_then(to_timestamp),
        placement: Placement {
            class: None,
            subnet_group: cluster.db_subnet_group().map(str::to_owned),
            security_groups: groups.collect(),
            parameter_group: chosen(cluster.db_cluster_parameter_group()),
        },
        tags: tags::from_sdk(cluster.tag_list()),
    }
}
