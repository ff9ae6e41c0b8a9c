"""RDS by an account's time: databases and snapshots go through their states, and end as a test says.

Words of a test: `rds-play` says how long something takes and how it ends, `rds-make` makes a database, `rds-state` tells what there is, whoever
asks. What is played: `snapshot`, `copy`, `restore`, `instance` (one that is added to a cluster), `delete`, `delete-snapshot`. What is made, asked
for or limited is in `region`, or in the usual one.
"""

import dataclasses
import datetime

import rds_databases
import rds_snapshots
from moto.core.responses import ActionResult
from moto.ec2 import ec2_backends
from moto.rds import models, utils
from moto.rds.models import rds_backends
from moto.rds.responses import RDSResponse

# What a test has not said: seconds.
USUAL = {"snapshot": 120, "copy": 900, "restore": 600, "instance": 300, "delete": 90, "delete-snapshot": 5}
REGION = "eu-central-1"
# Manual snapshots of a region: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
QUOTA = 100
# Databases of a region, from the same page.
DATABASES = 40


@dataclasses.dataclass
class Change:
    """What is under way with a database or a snapshot; without `due` it never ends."""

    thing: object
    began: datetime.datetime
    due: datetime.datetime | None
    ends: str
    then: object

    def progress(self, now):
        if now < self.began:
            return 0
        # A change that never ends stays halfway.
        return 50 if self.due is None else int(99 * (now - self.began) / max(self.due - self.began, datetime.timedelta(seconds=1)))


class Stage:
    """What is under way in every account, and what a test wants of it."""

    def __init__(self, world):
        self.world = world
        self.plays = {}
        self.quotas = {}
        self.changes = {}

    def now(self, account):
        """As moto has times: in UTC, without saying so."""
        return self.world.now(account).replace(tzinfo=None)

    def begin(self, thing, what, status, ends, then=lambda: None, queued=0):
        account = thing.backend.account_id
        play = self.plays.get((account, what), {})
        takes = play.get("takes", USUAL[what])
        now = self.now(account)
        began = now + datetime.timedelta(seconds=queued)
        due = None if takes is None else began + datetime.timedelta(seconds=takes)
        thing.status = status
        thing.percent_progress = 0
        changes = self.changes.setdefault(account, [])
        # A deletion ends whatever was under way.
        changes[:] = [change for change in changes if change.thing is not thing]
        changes.append(Change(thing, began, due, play.get("ends", ends), then))
        self.on_time(account, now)

    def on_time(self, account, now):
        now = now.replace(tzinfo=None)
        changes = self.changes.get(account, [])
        for change in list(changes):
            if change.due is not None and change.due <= now:
                changes.remove(change)
                change.thing.status = change.ends
                change.thing.percent_progress = 100 if change.ends == "available" else change.progress(change.due)
                change.then()
            else:
                change.thing.percent_progress = change.progress(now)
                if change.thing.status == "pending" and change.began <= now:
                    change.thing.status = "copying"

    def play(self, account, body):
        self.plays[account, body["what"]] = {key: body[key] for key in ("takes", "ends", "queued", "spoils") if key in body}
        return {}

    def quota(self, account, body):
        for what in ("snapshots", "databases", "copies"):
            if what in body:
                self.quotas[account, region(body), what] = body[what]
        return {}

    def quota_of(self, backend, what, usual):
        return self.quotas.get((backend.account_id, backend.region_name, what), usual)


def region(body):
    return body.get("region", REGION)


def told(thing):
    return {"status": thing.status, "tags": {tag["Key"]: tag["Value"] for tag in thing.tags}}


def state(account, body):
    backend = rds_backends[account][region(body)]
    snapshots = list(backend.database_snapshots.values()) + list(backend.cluster_snapshots.values())
    return {
        "databases": {name: told(one) for name, one in backend.databases.items()},
        "clusters": {name: told(one) for name, one in backend.clusters.items()},
        "snapshots": {one.resource_id: told(one) for one in snapshots if one.snapshot_type == "manual"},
    }


def describe_account_attributes(response):
    """https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_AccountQuota.html; the limits are those of the page of limits."""
    backend = response.backend
    databases = backend.DATABASE_QUOTA
    manual = lambda snapshots: sum(1 for each in snapshots.values() if each.snapshot_type == "manual")
    counts = {
        "DBInstances": (len(backend.databases), databases),
        "DBClusters": (len(backend.clusters), databases),
        "ManualSnapshots": (manual(backend.database_snapshots), backend.SNAPSHOT_QUOTA),
        "ManualClusterSnapshots": (manual(backend.cluster_snapshots), backend.SNAPSHOT_QUOTA),
    }
    return ActionResult({"AccountQuotas": [{"AccountQuotaName": name, "Used": used, "Max": most} for name, (used, most) in counts.items()]})


def tags(body):
    return [{"Key": key, "Value": value} for key, value in body.get("tags", {}).items()]


def make(account, body):
    """A database that has been there for a day, or what one needs: a group of subnets, a key by its alias."""
    backend = rds_backends[account][region(body)]
    if "key" in body:
        key = backend.kms.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "", None)
        backend.kms.create_alias(key.id, body["key"])
        return {}
    if "subnet-group" in body:
        subnets = ec2_backends[account][region(body)].describe_subnets()
        backend.create_subnet_group(body["subnet-group"], "for tests", subnets[:2], [])
        return {}
    engine = body.get("engine", "postgres")
    common = {"engine": engine, "storage_encrypted": body.get("encrypted", True), "tags": tags(body), "allocated_storage": 100}
    common |= {"master_username": "admin", "master_user_password": "not-a-secret", "deletion_protection": True}
    # Without a group moto makes a whole VPC first.
    common |= {"vpc_security_group_ids": ["sg-0123456789abcdef0"]}
    if "cluster" in body:
        name = body["cluster"]
        made = backend.create_db_cluster(
            common | {"db_cluster_identifier": name, "engine_version": body.get("version", "16.4"), "port": body.get("port", 5432)}
        )
        made = backend.clusters[name]
        member = {"db_instance_identifier": f"{name}-1", "db_cluster_identifier": name, "db_instance_class": "db.r6g.large"}
        backend.create_db_instance(member | {"engine": engine})
        backend.databases[f"{name}-1"].status = "available"
    else:
        name = body["instance"]
        made = backend.create_db_instance(common | {"db_instance_identifier": name, "db_instance_class": "db.m6g.large"})
    made.created = made.created.replace(year=2025)
    made.status = body.get("status", "available")
    return {}


def more_engines():
    """DocumentDB has the same control plane: https://docs.aws.amazon.com/documentdb/latest/developerguide/API_Reference.html"""
    for engines, name in ((utils.ClusterEngine, "list_cluster_engines"), (utils.DbInstanceEngine, "valid_db_instance_engine")):
        known = getattr(engines, name)()
        setattr(engines, name, staticmethod(lambda known=known: [*known, "docdb"]))
    port = models.DBInstance.default_port
    models.DBInstance.default_port = staticmethod(lambda engine: 27017 if engine == "docdb" else port(engine))


def install(world):
    stage = Stage(world)
    more_engines()
    models.RDSBackend.SNAPSHOT_QUOTA = property(lambda backend: stage.quota_of(backend, "snapshots", QUOTA))
    RDSResponse.describe_account_attributes = describe_account_attributes
    models.RDSBackend.DATABASE_QUOTA = property(lambda backend: stage.quota_of(backend, "databases", DATABASES))
    rds_snapshots.install(stage)
    rds_databases.install(stage)
    world.on_time(stage.on_time)
    for name, command in {"rds-play": stage.play, "rds-quota": stage.quota, "rds-make": make, "rds-state": state}.items():
        world.on_command(name, command)
