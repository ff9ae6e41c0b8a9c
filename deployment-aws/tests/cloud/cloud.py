"""The test cloud: moto's server with what it lacks, on a port of loopback: `cloud.py PORT`.

Moto answers several requests at once and takes a failed transaction back by putting a copy of the whole table in place, which loses what others
have written meanwhile. Here one request is answered at a time, and the copy has copies of those items only that the transaction is about.
"""

import collections
import copy
import sys
import threading
import types

from moto.dynamodb import models as dynamodb
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple


class OneAtATime:
    def __init__(self, application):
        self.application = application
        self.lock = threading.Lock()

    def __call__(self, environment, start_response):
        # The whole answer: its parts are made while it is sent.
        with self.lock:
            return [b"".join(self.application(environment, start_response))]


class Handler(WSGIRequestHandler):
    # Connections are kept, as AWS keeps them.
    protocol_version = "HTTP/1.1"
    # An answer is written in several pieces: without this each waits for the client's kernel to acknowledge the one before.
    disable_nagle_algorithm = True

    def log_request(self, code="-", size="-"):
        pass


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


def main(port):
    Undo()
    cloud = OneAtATime(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", port, cloud, threaded=True, request_handler=Handler)


if __name__ == "__main__":
    main(int(sys.argv[1]))
