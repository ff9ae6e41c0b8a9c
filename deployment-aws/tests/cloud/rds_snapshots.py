"""Snapshots of databases and clusters, from `creating` with percent progress to their end, and from `deleting` to nothing.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html and API_CreateDBClusterSnapshot.html
"""

from moto.core.responses import ActionResult
from moto.rds.models import RDSBackend
from moto.rds.responses import RDSResponse
from rds_rules import check_name, check_state, check_tags, refuse


def install(stage):
    Snapshots(stage)
    Clusters(stage)
    add_tags = RDSBackend.add_tags_to_resource

    def checked(backend, arn, tags):
        check_tags(tags)
        if backend._get_resource_for_tagging(arn) is None:
            refuse("DBSnapshotNotFound" if ":snapshot:" in arn else "InvalidParameterValue", f"{arn} not found.")
        return add_tags(backend, arn, tags)

    RDSBackend.add_tags_to_resource = checked
    paginate("describe_db_snapshots", "DBSnapshots")
    paginate("describe_db_cluster_snapshots", "DBClusterSnapshots")


def paginate(name, key):
    """At most 100 at once: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSnapshots.html"""
    describe = getattr(RDSResponse, name)

    def page(response):
        found = describe(response)._result[key]
        begin = int(response.params.get("Marker") or 0)
        end = begin + int(response.params.get("MaxRecords") or 100)
        return ActionResult({key: found[begin:end]} | ({"Marker": str(end)} if end < len(found) else {}))

    setattr(RDSResponse, name, page)


class Snapshots:
    def __init__(self, stage):
        self.stage = stage
        self.make, self.remove = RDSBackend.create_db_snapshot, RDSBackend.delete_db_snapshot
        RDSBackend.create_db_snapshot = lambda backend, *given, **named: self.create(backend, *given, **named)
        RDSBackend.delete_db_snapshot = lambda backend, name: self.delete(backend, name)

    def create(self, backend, db_instance_identifier, db_snapshot_identifier, snapshot_type="manual", tags=None, **more):
        database = backend.databases.get(db_instance_identifier)
        if snapshot_type == "manual" and database is not None:
            check_tags(tags)
            if database.db_cluster_identifier is not None:
                refuse("InvalidParameterValue", f"{db_instance_identifier} is a member of a cluster: create a snapshot of the cluster.")
            check_state(database, ["available"], "InvalidDBInstanceState", "Instance")
        snapshot = self.make(backend, db_instance_identifier, db_snapshot_identifier, snapshot_type, tags, **more)
        snapshot.created = snapshot.original_snapshot_create_time = self.stage.now(backend.account_id)
        if snapshot_type == "manual":
            self.stage.begin(snapshot, "snapshot", "creating", "available")
        return snapshot

    def delete(self, backend, name):
        snapshot = backend.database_snapshots.get(name)
        if snapshot is None or snapshot.snapshot_type != "manual":
            return self.remove(backend, name)
        check_state(snapshot, ["available", "failed"], "InvalidDBSnapshotState", "Snapshot")
        gone = lambda: backend.database_snapshots.pop(name, None)
        self.stage.begin(snapshot, "delete-snapshot", "deleting", "deleted", gone)
        return snapshot


class Clusters:
    """The same of clusters."""

    def __init__(self, stage):
        self.stage = stage
        self.make, self.remove = RDSBackend.create_db_cluster_snapshot, RDSBackend.delete_db_cluster_snapshot
        RDSBackend.create_db_cluster_snapshot = lambda backend, *given, **named: self.create(backend, *given, **named)
        RDSBackend.delete_db_cluster_snapshot = lambda backend, name: self.delete(backend, name)

    def create(self, backend, db_cluster_identifier, db_cluster_snapshot_identifier, snapshot_type="manual", tags=None):
        cluster = backend.clusters.get(db_cluster_identifier)
        if snapshot_type == "manual":
            check_name(db_cluster_snapshot_identifier, "DBClusterSnapshotIdentifier", 63)
            check_tags(tags)
            if cluster is not None:
                check_state(cluster, ["available"], "InvalidDBClusterStateFault", "Cluster")
        snapshot = self.make(backend, db_cluster_identifier, db_cluster_snapshot_identifier, snapshot_type, tags)
        snapshot.created = self.stage.now(backend.account_id)
        if snapshot_type == "manual":
            self.stage.begin(snapshot, "snapshot", "creating", "available")
        return snapshot

    def delete(self, backend, name):
        snapshot = backend.cluster_snapshots.get(name)
        if snapshot is None or snapshot.snapshot_type != "manual":
            return self.remove(backend, name)
        check_state(snapshot, ["available", "failed"], "InvalidDBClusterSnapshotStateFault", "Snapshot")
        gone = lambda: backend.cluster_snapshots.pop(name, None)
        self.stage.begin(snapshot, "delete-snapshot", "deleting", "deleted", gone)
        return snapshot
