"""DynamoDB's transactions beside each other.

Moto takes a failed transaction back by putting a copy of the whole table in place, which loses what others have written meanwhile. Requests are
answered one at a time here, and the copy has copies of those items only that the transaction is about.
"""

import collections
import copy
import types

from moto.dynamodb import models as dynamodb
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table


class Undo:
    """Stands for moto's `copy.deepcopy` of a table, which takes longer the more there is in the table."""

    def __init__(self):
        self.changes = []
        self.transact = dynamodb.DynamoDBBackend.transact_write_items
        dynamodb.copy = types.SimpleNamespace(copy=copy.copy, deepcopy=self.deepcopy)
        dynamodb.DynamoDBBackend.transact_write_items = lambda backend, changes: self.run(backend, changes)

    def run(self, backend, changes):
        self.changes = [change for each in changes for change in each.values()]
        return self.transact(backend, changes)

    def deepcopy(self, value, memo=None):
        if not isinstance(value, Table) or not value.has_range_key:
            return copy.deepcopy(value, memo)
        kept = copy.copy(value)
        kept.items = collections.defaultdict(dict, {key: dict(items) for key, items in value.items.items()})
        for change in self.changes:
            key = change.get("Key") or change["Item"]
            partition = kept.items.get(DynamoType(key[value.hash_key_attr]), {})
            place = DynamoType(key[value.range_key_attr])
            if place in partition:
                partition[place] = copy.deepcopy(partition[place])
        return kept


def install(_world):
    Undo()
