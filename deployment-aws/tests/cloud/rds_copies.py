"""Copies of snapshots of another region: queued as `pending`, then `copying` with percent progress, to their end.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CopySnapshot.html, and
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBSnapshot.html and API_CopyDBClusterSnapshot.html

`rds-play` of a `copy` also takes `queued`, the seconds before it begins, and `spoils`, attributes that the copy gets wrong.
"""

import functools

from moto.rds.models import RDSBackend
from rds_rules import check_name, check_state, check_tags, refuse


def install(stage, kinds):
    for kind in kinds:
        Copies(stage, kind)


def is_under_way(snapshot):
    return snapshot.status in ("pending", "copying")


def lose_original(stage, kind, snapshot):
    """A copy might fail whose original is deleted: see the limitations of the User Guide's page."""
    for change in stage.changes.get(snapshot.backend.account_id, []):
        if getattr(change.thing, kind.original, None) == snapshot.arn and is_under_way(change.thing):
            change.ends = "failed"


def is_key(backend, key):
    """By its id, its ARN or an alias, in this region."""
    names = {name for one in backend.kms.keys.values() for name in (one.id, one.arn, *one.aliases)}
    return key in names


class Copies:
    def __init__(self, stage, kind):
        self.stage, self.kind = stage, kind
        self.plain = getattr(RDSBackend, f"copy_{kind.name}")
        self.find = getattr(RDSBackend, f"get_{kind.name}")
        setattr(RDSBackend, f"copy_{kind.name}", functools.wraps(self.plain)(lambda *given, **named: self.copy(*given, **named)))

    def copy(self, backend, **given):
        arn, target = (given[f"{word}_{self.kind.name}_identifier"] for word in ("source", "target"))
        check_name(target, f"Target{self.kind.called}Identifier", self.kind.longest)
        check_tags(given.get("tags"))
        if not arn.startswith("arn:"):
            refuse("InvalidParameterValue", f"Copies within a region are not played: {arn}.")
        original = self.find(backend, arn)
        check_state(original, ["available"], self.kind.state, "Snapshot")
        self.check_key(backend, original, given.get("kms_key_id"))
        under_way = sum(map(is_under_way, self.kind.all(backend).values()))
        if target not in self.kind.all(backend) and under_way >= self.stage.quota_of(backend, "copies", self.kind.at_once):
            # The sentence as it was seen: https://github.com/pbudzon/aws-maintenance/issues/19
            refuse("SnapshotQuotaExceeded", f"Cannot copy more than {under_way} snapshots across regions")
        return self.begun(self.plain(backend, **given), original)

    def check_key(self, backend, original, key):
        """A key is needed, and for a cluster refused where nothing is encrypted: `KmsKeyId` of both pages."""
        # The sentence as it was seen: https://github.com/awslabs/rds-snapshot-tool/issues/70
        if (original.encrypted and key is None) or (key is not None and not is_key(backend, key)):
            why = f"The target KMS key [{key}] does not exist, is not enabled or you do not have permissions to access it."
            refuse("KMSKeyNotAccessibleFault", why)
        if self.kind.name == "db_cluster_snapshot" and not original.encrypted and key is not None:
            refuse("InvalidParameterCombination", "KmsKeyId cannot be given for a snapshot that is not encrypted.")

    def begun(self, copy, original):
        # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshot.html: the time of the original is another field.
        copy.created = self.stage.now(copy.backend.account_id)
        setattr(copy, self.kind.original, original.arn)
        copy.source_region = original.region
        play = self.stage.plays.get((copy.backend.account_id, "copy"), {})
        for name, value in play.get("spoils", {}).items():
            setattr(copy, name, value)
        queued = play.get("queued", 0)
        self.stage.begin(copy, "copy", "pending" if queued else "copying", "available", queued=queued)
        return copy
