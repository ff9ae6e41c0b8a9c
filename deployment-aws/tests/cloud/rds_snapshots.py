"""Snapshots of databases and clusters, from `creating` with percent progress to their end, and from `deleting` to nothing.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html and API_CreateDBClusterSnapshot.html
"""

import dataclasses
import functools
import inspect

import rds_copies
from moto.core.responses import ActionResult
from moto.rds.models import RDSBackend
from moto.rds.responses import RDSResponse
from rds_rules import check_name, check_state, check_tags, refuse


@dataclasses.dataclass(frozen=True)
class Kind:
    """What the calls for snapshots of instances and of clusters are called, and what they say."""

    # As in moto's methods: `create_NAME`.
    name: str
    # Where moto keeps them, and what they are of.
    kept: str
    sources: str
    # As parameters are called: `Source…Identifier`.
    called: str
    longest: int
    source_state: str
    state: str
    # What AWS says of a copy about its original.
    original: str
    # Copies to one region at a time: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CopySnapshot.html, and Amazon Aurora's.
    at_once: int

    def all(self, backend):
        return getattr(backend, self.kept)


KINDS = [
    Kind(
        name="db_snapshot",
        kept="database_snapshots",
        sources="databases",
        called="DBSnapshot",
        longest=255,
        source_state="InvalidDBInstanceState",
        state="InvalidDBSnapshotState",
        original="source_db_snapshot_identifier",
        at_once=20,
    ),
    Kind(
        name="db_cluster_snapshot",
        kept="cluster_snapshots",
        sources="clusters",
        called="DBClusterSnapshot",
        longest=63,
        source_state="InvalidDBClusterStateFault",
        state="InvalidDBClusterSnapshotStateFault",
        original="source_db_cluster_snapshot_arn",
        at_once=5,
    ),
]


def install(stage):
    for kind in KINDS:
        Snapshots(stage, kind)
        paginate(f"describe_{kind.name}s", f"{kind.called}s")
    rds_copies.install(stage, KINDS)
    add_tags = RDSBackend.add_tags_to_resource

    def checked(backend, arn, tags):
        resource = backend._get_resource_for_tagging(arn)
        if resource is None:
            refuse("DBSnapshotNotFound" if ":snapshot:" in arn else "InvalidParameterValue", f"{arn} not found.")
        new = {tag["Key"] for tag in tags}
        check_tags([*tags, *(tag for tag in resource.tags if tag["Key"] not in new)])
        return add_tags(backend, arn, tags)

    RDSBackend.add_tags_to_resource = checked


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
    def __init__(self, stage, kind):
        self.stage, self.kind = stage, kind
        self.make, self.remove = (getattr(RDSBackend, f"{word}_{kind.name}") for word in ("create", "delete"))
        # Functions, as only those become methods.
        setattr(RDSBackend, f"create_{kind.name}", functools.wraps(self.make)(lambda *given, **named: self.create(*given, **named)))
        setattr(RDSBackend, f"delete_{kind.name}", functools.wraps(self.remove)(lambda *given, **named: self.delete(*given, **named)))

    def create(self, backend, *given, **named):
        call = inspect.signature(self.make).bind(backend, *given, **named)
        call.apply_defaults()
        source, name = call.args[1:3]
        if call.arguments["snapshot_type"] != "manual":
            return self.made(self.make(*call.args))
        check_name(name, f"{self.kind.called}Identifier", self.kind.longest)
        check_tags(call.arguments["tags"])
        self.check_source(getattr(backend, self.kind.sources).get(source))
        snapshot = self.made(self.make(*call.args))
        self.stage.begin(snapshot, "snapshot", "creating", "available")
        return snapshot

    def made(self, snapshot):
        snapshot.created = self.stage.now(snapshot.backend.account_id)
        if hasattr(snapshot, "original_snapshot_create_time"):
            snapshot.original_snapshot_create_time = snapshot.created
        return snapshot

    def check_source(self, source):
        if source is not None:
            if getattr(source, "resource_type", "") == "db" and source.db_cluster_identifier is not None:
                refuse("InvalidParameterValue", f"{source.resource_id} is a member of a cluster: create a snapshot of the cluster.")
            check_state(source, ["available"], self.kind.source_state, "The database")

    def delete(self, backend, name):
        kept = self.kind.all(backend)
        snapshot = kept.get(name)
        if snapshot is None or snapshot.snapshot_type != "manual":
            return self.remove(backend, name)
        # A copy that is under way is given up: see API_CopyDBClusterSnapshot.html.
        check_state(snapshot, ["available", "failed", "copying"], self.kind.state, "Snapshot")
        rds_copies.lose_original(self.stage, self.kind, snapshot)
        self.stage.begin(snapshot, "delete-snapshot", "deleting", "deleted", lambda: kept.pop(name, None))
        return snapshot
