"""Databases and clusters that are restored, added and deleted, each in its time.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html has the states.
"""

import datetime

from moto.rds.models import DBCluster, DBInstance, RDSBackend
from rds_rules import check_state, check_tags, refuse

# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html: logs are uploaded every five minutes.
LOGS = datetime.timedelta(minutes=5)


def install(stage):
    attributes(stage)
    Instances(stage)
    Clusters(stage)


def attributes(stage):
    latest = property(lambda thing: stage.now(thing.backend.account_id) - LOGS)
    DBInstance.latest_restorable_time = DBCluster.latest_restorable_time = latest
    # Moto's own goes on by being looked at.
    DBCluster.status = property(lambda cluster: cluster._status, lambda cluster, value: setattr(cluster, "_status", value))
    address = DBInstance.endpoint.fget
    # An instance that is being made has no address yet.
    DBInstance.endpoint = property(lambda one: None if one.status in ("creating", "failed", "incompatible-restore") else address(one))
    members = DBCluster._members.fget
    DBCluster._members = property(lambda cluster: [member for member in members(cluster) if member.status != "deleting"])


def check_time(stage, source, when):
    """Before the latest restorable time: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html"""
    if when is not None:
        when = when.replace(tzinfo=None)
        if when > source.latest_restorable_time or when < source.created:
            refuse("InvalidParameterValue", f"{source.resource_id} cannot be restored to {when}: it is not a restorable time.")


class Instances:
    def __init__(self, stage):
        self.stage = stage
        self.plain = {name: getattr(RDSBackend, name) for name in ("create_db_instance", "delete_db_instance")}
        self.restored = RDSBackend.restore_db_instance_from_db_snapshot
        self.rewound = RDSBackend.restore_db_instance_to_point_in_time
        RDSBackend.create_db_instance = lambda backend, given: self.create(backend, given)
        RDSBackend.delete_db_instance = lambda backend, *given, **named: self.delete(backend, *given, **named)
        RDSBackend.restore_db_instance_from_db_snapshot = lambda backend, name, given: self.restore(backend, name, given)
        RDSBackend.restore_db_instance_to_point_in_time = lambda backend, *given: self.rewind(backend, *given)

    def create(self, backend, given):
        check_tags(given.get("tags"))
        database = self.plain["create_db_instance"](backend, given)
        database.created = database.instance_create_time = self.stage.now(backend.account_id)
        database.status = "available"
        if database.db_cluster_identifier is not None:
            self.stage.begin(database, "instance", "creating", "available")
        return database

    def restore(self, backend, name, given):
        snapshot = backend.get_db_snapshot(name)
        check_state(snapshot, ["available"], "InvalidDBSnapshotState", "Snapshot")
        return self.begun(self.restored(backend, name, given), given)

    def rewind(self, backend, source, target, given):
        database = backend.describe_db_instances(source)[0]
        check_time(self.stage, database, given.get("restore_time"))
        return self.begun(self.rewound(backend, source, target, given), given)

    def begun(self, database, given):
        # Protection is not inherited.
        database.deletion_protection = bool(given.get("deletion_protection"))
        self.stage.begin(database, "restore", "creating", "available")
        return database

    def delete(self, backend, db_instance_identifier, *given, **named):
        database = backend.databases.get(db_instance_identifier)
        if database is not None and database.status == "deleting":
            refuse("InvalidDBInstanceState", f"Instance {db_instance_identifier} is already being deleted.")
        if database is not None and not named.get("skip_final_snapshot") and not named.get("final_db_snapshot_identifier"):
            refuse("InvalidParameterCombination", "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
        database = self.plain["delete_db_instance"](backend, db_instance_identifier, *given, **named)
        backend.databases[db_instance_identifier] = database
        gone = lambda: backend.databases.pop(db_instance_identifier, None)
        self.stage.begin(database, "delete", "deleting", "deleted", gone)
        return database


class Clusters:
    """A restored one has no instances: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterFromSnapshot.html"""

    def __init__(self, stage):
        self.stage = stage
        self.plain = RDSBackend.delete_db_cluster
        self.restored = RDSBackend.restore_db_cluster_from_snapshot
        self.rewound = RDSBackend.restore_db_cluster_to_point_in_time
        RDSBackend.delete_db_cluster = lambda backend, **given: self.delete(backend, **given)
        RDSBackend.restore_db_cluster_from_snapshot = lambda backend, name, given: self.restore(backend, name, given)
        RDSBackend.restore_db_cluster_to_point_in_time = lambda backend, **given: self.rewind(backend, given)

    def restore(self, backend, name, given):
        snapshot = backend.get_db_cluster_snapshot(name)
        check_state(snapshot, ["available"], "InvalidDBClusterSnapshotStateFault", "Snapshot")
        check_tags(given.get("tags"))
        if given["engine"] != snapshot.engine:
            refuse("InvalidParameterCombination", f"The snapshot is of {snapshot.engine}, not of {given['engine']}.")
        # A name is checked here, since moto looks up nothing before it makes the cluster.
        if given["db_cluster_identifier"] in backend.clusters:
            refuse("DBClusterAlreadyExistsFault", "The cluster exists already.")
        self.restored(backend, name, given)
        return self.begun(backend, given)

    def rewind(self, backend, given):
        source = backend.describe_db_clusters(given["source_db_cluster_identifier"])[0]
        check_time(self.stage, source, given.get("restore_to_time"))
        if given["db_cluster_identifier"] in backend.clusters:
            refuse("DBClusterAlreadyExistsFault", "The cluster exists already.")
        self.rewound(backend, **given)
        return self.begun(backend, given)

    def begun(self, backend, given):
        cluster = backend.clusters[given["db_cluster_identifier"]]
        cluster.created = cluster.cluster_create_time = self.stage.now(backend.account_id)
        cluster.deletion_protection = bool(given.get("deletion_protection"))
        self.stage.begin(cluster, "restore", "creating", "available")
        return cluster

    def delete(self, backend, cluster_identifier, snapshot_name=None):
        name, final = cluster_identifier, snapshot_name
        cluster = backend.clusters.get(name)
        if cluster is not None:
            check_state(cluster, ["available", "failed", "incompatible-restore"], "InvalidDBClusterStateFault", "Cluster")
        cluster = self.plain(backend, name, final)
        backend.clusters[name] = cluster
        gone = lambda: backend.clusters.pop(name, None)
        self.stage.begin(cluster, "delete", "deleting", "deleted", gone)
        return cluster
