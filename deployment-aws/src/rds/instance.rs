//! Instances.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_rds::{
    Client,
    types::{DbInstance, DbSnapshot},
};
use deployment_core::Result;

use super::{
    calls::{self, Quota, changes, chosen, if_there, reads},
    destination::{Destination, NO_KEY},
    permissions::{self, Allowed},
    placement::Placement,
    plane::{Asked, Copying, Database, Making, Origin, Plane, PointInTime, Snapshot, from_timestamp, to_timestamp},
    states::Life,
    tags::{self, Purpose, Tags},
};

#[derive(Debug)]
pub(super) struct Instances(pub(super) Client);

#[async_trait]
impl Plane for Instances {
    fn kind(&self) -> &'static str {
        "instance"
    }

    fn longest_snapshot(&self) -> usize {
        255
    }

    async fn snapshot(&self, identifier: &str) -> Result<Option<Snapshot>> {
        let call = reads("look at the snapshot", "rds:DescribeDBSnapshots");
        let found = if_there(call, self.0.describe_db_snapshots().db_snapshot_identifier(identifier).send().await)?;
        Ok(found.and_then(|found| found.db_snapshots().first().map(snapshot)))
    }

    async fn snapshots(&self, source: Option<&str>) -> Result<Vec<Snapshot>> {
        let call = reads("list the snapshots", "rds:DescribeDBSnapshots");
        let describe = self.0.describe_db_snapshots().set_db_instance_identifier(source.map(str::to_owned)).snapshot_type("manual");
        let all: Result<Vec<_>, _> = describe.into_paginator().items().send().collect().await;
        Ok(all.map_err(|error| call.failed(error))?.iter().map(snapshot).collect())
    }

    async fn create_snapshot(&self, identifier: &str, source: &str, tags: &Tags) -> Result<()> {
        let call = changes("create the snapshot", "rds:CreateDBSnapshot");
        let create = self.0.create_db_snapshot().db_snapshot_identifier(identifier).db_instance_identifier(source);
        create.set_tags(Some(tags::to_sdk(tags))).send().await.map(drop).map_err(|error| call.failed(error))
    }

    fn at(&self, client: Client) -> Arc<dyn Plane> {
        Arc::new(Self(client))
    }

    async fn copy_snapshot(&self, copying: Copying<'_>) -> Result<Asked> {
        let call = changes("copy the snapshot", "rds:CopyDBSnapshot");
        let copy = self.0.copy_db_snapshot().source_db_snapshot_identifier(&copying.of.arn);
        let copy = copy.target_db_snapshot_identifier(&copying.of.identifier).set_kms_key_id(copying.key.map(str::to_owned));
        let copy = copy.set_option_group_name(copying.option_group.map(str::to_owned)).set_tags(Some(tags::to_sdk(copying.tags)));
        calls::asked(call, copy.send().await)
    }

    fn cannot_copy(&self, database: &Database, to: &Destination) -> Option<&'static str> {
        (database.encrypted && to.key.is_none()).then_some(NO_KEY)
    }

    fn permissions(&self) -> (&'static [Allowed], &'static [Allowed]) {
        (permissions::OF_INSTANCES, permissions::OF_INSTANCES_COPIED)
    }

    /// Source: Amazon RDS User Guide, "Copying a DB snapshot".
    fn copies_at_once(&self) -> usize {
        20
    }

    async fn delete_snapshot(&self, identifier: &str) -> Result<()> {
        let call = changes("delete the snapshot", "rds:DeleteDBSnapshot");
        if_there(call, self.0.delete_db_snapshot().db_snapshot_identifier(identifier).send().await).map(drop)
    }

    async fn tag(&self, arn: &str, tags: &Tags) -> Result<()> {
        calls::tag(&self.0, arn, tags).await
    }

    async fn database(&self, identifier: &str) -> Result<Option<Database>> {
        find(&self.0, identifier).await
    }

    async fn databases(&self) -> Result<Vec<Database>> {
        list(&self.0, None).await
    }

    async fn make(&self, making: Making<'_>) -> Result<()> {
        match making.origin {
            Origin::Snapshot(from) => self.restore(making, from).await,
            Origin::Time { source, when } => self.rewind(making, source, when).await,
        }
    }

    async fn open(&self, _database: &Database, _making: Making<'_>) -> Result<bool> {
        Ok(true)
    }

    fn cannot_open(&self, _placement: &Placement) -> Option<&'static str> {
        None
    }

    async fn quotas(&self) -> Result<Vec<Quota>> {
        calls::quotas(&self.0).await
    }

    fn counted_as(&self) -> (&'static str, &'static [&'static str]) {
        ("ManualSnapshots", &["DBInstances"])
    }

    async fn delete(&self, database: &Database, _purpose: Purpose, _source: &str) -> Result<()> {
        remove(&self.0, &database.identifier).await
    }
}

impl Instances {
    async fn restore(&self, making: Making<'_>, from: &Snapshot) -> Result<()> {
        let call = changes("restore", "rds:RestoreDBInstanceFromDBSnapshot");
        let placement = making.placement;
        let restore = self.0.restore_db_instance_from_db_snapshot().db_instance_identifier(making.identifier);
        let restore = restore.db_snapshot_identifier(&from.identifier).set_db_instance_class(placement.class.clone());
        let restore = restore.set_db_subnet_group_name(placement.subnet_group.clone()).set_vpc_security_group_ids(placement.groups());
        let restore = restore.set_db_parameter_group_name(placement.parameter_group.clone()).publicly_accessible(false);
        restore.set_tags(Some(tags::to_sdk(making.tags))).send().await.map(drop).map_err(|error| call.failed(error))
    }

    async fn rewind(&self, making: Making<'_>, source: &str, when: PointInTime) -> Result<()> {
        let call = changes("restore", "rds:RestoreDBInstanceToPointInTime");
        let placement = making.placement;
        let restore = self.0.restore_db_instance_to_point_in_time().target_db_instance_identifier(making.identifier);
        let restore = match when {
            PointInTime::Latest => restore.use_latest_restorable_time(true),
            PointInTime::At(time) => restore.restore_time(from_timestamp(time)),
        };
        let restore = restore.source_db_instance_identifier(source).set_db_instance_class(placement.class.clone());
        let restore = restore.set_db_subnet_group_name(placement.subnet_group.clone()).set_vpc_security_group_ids(placement.groups());
        let restore = restore.set_db_parameter_group_name(placement.parameter_group.clone()).publicly_accessible(false);
        restore.set_tags(Some(tags::to_sdk(making.tags))).send().await.map(drop).map_err(|error| call.failed(error))
    }
}

/// The instance of this name.
pub(super) async fn find(client: &Client, identifier: &str) -> Result<Option<Database>> {
    let call = reads("look at the database", "rds:DescribeDBInstances");
    let found = if_there(call, client.describe_db_instances().db_instance_identifier(identifier).send().await)?;
    Ok(found.and_then(|found| found.db_instances().first().map(database)))
}

/// All instances, or those of a cluster.
pub(super) async fn list(client: &Client, of_cluster: Option<&str>) -> Result<Vec<Database>> {
    let call = reads("list the databases", "rds:DescribeDBInstances");
    let filters = of_cluster.map(|cluster| vec![calls::filter("db-cluster-id", cluster)]);
    let all: Result<Vec<_>, _> = client.describe_db_instances().set_filters(filters).into_paginator().items().send().collect().await;
    Ok(all.map_err(|error| call.failed(error))?.iter().map(database).collect())
}

/// Asks for the removal of an instance, unless it is under way.
pub(super) async fn remove(client: &Client, identifier: &str) -> Result<()> {
    let call = changes("delete the database", "rds:DeleteDBInstance");
    if find(client, identifier).await?.is_none_or(|found| found.life() == Life::Deleting) {
        return Ok(());
    }
    let delete = client.delete_db_instance().db_instance_identifier(identifier).skip_final_snapshot(true);
    if_there(call, delete.delete_automated_backups(true).send().await).map(drop)
}

fn snapshot(snapshot: &DbSnapshot) -> Snapshot {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let taken_at = snapshot.original_snapshot_create_time().or(snapshot.snapshot_create_time());
    Snapshot {
        identifier: text(snapshot.db_snapshot_identifier()),
        arn: text(snapshot.db_snapshot_arn()),
        source: text(snapshot.db_instance_identifier()),
        engine: text(snapshot.engine()),
        version: snapshot.engine_version().map(str::to_owned),
        status: text(snapshot.status()),
        percent: snapshot.percent_progress(),
        encrypted: snapshot.encrypted().unwrap_or_default(),
        taken_at: taken_at.and_then(to_timestamp),
        bytes: snapshot.full_snapshot_size_in_bytes().and_then(|bytes| u64::try_from(bytes).ok()),
        gibibytes: snapshot.allocated_storage(),
        copied_from: snapshot.source_db_snapshot_identifier().map(str::to_owned),
        tags: tags::from_sdk(snapshot.tag_list()),
    }
}

fn database(instance: &DbInstance) -> Database {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let endpoint = instance.endpoint().and_then(|at| Some((at.address()?.to_owned(), calls::port(at.port())?)));
    let groups = instance.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id().map(str::to_owned));
    let parameters = instance.db_parameter_groups().first().and_then(|group| group.db_parameter_group_name());
    Database {
        identifier: text(instance.db_instance_identifier()),
        arn: text(instance.db_instance_arn()),
        key: instance.kms_key_id().map(str::to_owned),
        status: text(instance.db_instance_status()),
        engine: text(instance.engine()),
        encrypted: instance.storage_encrypted().unwrap_or_default(),
        member_of: instance.db_cluster_identifier().map(str::to_owned),
        endpoint,
        created_at: instance.instance_create_time().and_then(to_timestamp),
        placement: Placement {
            class: instance.db_instance_class().map(str::to_owned),
            subnet_group: instance.db_subnet_group().and_then(|group| group.db_subnet_group_name()).map(str::to_owned),
            security_groups: groups.collect(),
            parameter_group: chosen(parameters),
        },
        tags: tags::from_sdk(instance.tag_list()),
    }
}
