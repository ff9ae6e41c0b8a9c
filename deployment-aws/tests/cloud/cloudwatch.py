"""CloudWatch over RPC v2 CBOR, which moto does not speak: metrics in `cloudwatch_metrics.py`, alarms in `cloudwatch_alarms.py`.

What there is belongs to an account and the region that the request is signed for.
"""

import re

import cloudwatch_alarms
import cloudwatch_metrics
from cloudwatch_cbor import decode, encode
from cloudwatch_refusal import Refused

PREFIX = "/service/GraniteServiceVersion20100801/operation/"
OPERATIONS = {**cloudwatch_metrics.OPERATIONS, **cloudwatch_alarms.OPERATIONS}
HEADERS = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
# Where a test's own words are about, unless they say so: the region of the tests' configuration.
REGION = "eu-central-1"


class Service:
    """CloudWatch of one account in one region."""

    def __init__(self):
        self.metrics = cloudwatch_metrics.Metrics()
        self.alarms = cloudwatch_alarms.Alarms()


class Everywhere:
    def __init__(self, world):
        self.world = world
        self.services = {}

    def service(self, account, region):
        return self.services.setdefault((account, region), Service())

    def answer(self, account, path, headers, body):
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html: the scope of a signature.
        scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/monitoring/", headers.get("Authorization", ""))
        if scope is None:
            return refusal(Refused("IncompleteSignature", "the request is not signed for monitoring"))
        name = path.removeprefix(PREFIX)
        if name not in OPERATIONS:
            return refusal(Refused("UnknownOperationException", f"{name} is not played here"))
        try:
            told = OPERATIONS[name](self.service(account, scope.group(1)), self.world.now(account), decode(body))
        except Refused as refused:
            return refusal(refused)
        return 200, HEADERS, encode(told)

    def command(self, words):
        """A test's word, which is about a region's service at the account's time."""

        def run(account, body):
            service = self.service(account, body.get("region", REGION))
            return words(service, self.world.now(account), body) or {}

        return run


def refusal(refused):
    body = {"__type": f"com.amazonaws.cloudwatch#{refused.code}", "message": refused.sentence}
    # https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
    code = refused.code.removesuffix("Exception")
    return refused.status, {**HEADERS, "x-amzn-query-error": f"{code};Sender"}, encode(body)


def install(world):
    everywhere = world.cloudwatch = Everywhere(world)
    world.on_path(PREFIX, everywhere.answer)
    for name, words in {**cloudwatch_metrics.COMMANDS, **cloudwatch_alarms.COMMANDS}.items():
        world.on_command(name, everywhere.command(words))
