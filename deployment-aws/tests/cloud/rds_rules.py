"""What RDS refuses, in one place."""

import re

from moto.rds.exceptions import RDSClientError

# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html
TAG = re.compile(r"[\w\s.:/=+\-@]*", re.UNICODE)
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBClusterSnapshot.html and API_CreateDBSnapshot.html
NAME = re.compile(r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]*(?<!-)")


def refuse(code, sentence):
    raise RDSClientError(code, sentence)


def check_name(name, parameter, longest):
    if not NAME.fullmatch(name) or len(name) > longest:
        refuse("InvalidParameterValue", f"The parameter {parameter} is not a valid identifier.")


def check_tags(tags):
    for tag in tags or []:
        key, value = tag["Key"], tag.get("Value", "")
        if not TAG.fullmatch(key) or not TAG.fullmatch(value) or not 1 <= len(key) <= 128 or len(value) > 256 or key.startswith("aws:"):
            refuse("InvalidParameterValue", f"The tag {key}={value} is not valid.")
    if len(tags or []) > 50:
        refuse("InvalidParameterValue", "A resource has at most 50 tags.")


def check_state(thing, expected, code, what):
    if thing.status not in expected:
        refuse(code, f"{what} {thing.resource_id} is in the state {thing.status}, expected: {', '.join(expected)}.")
