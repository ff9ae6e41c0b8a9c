"""How IAM decides. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

What is played of conditions: StringEquals, which a key that a request does not have makes false, and StringNotEquals, which it makes true.
"""

import re


class Decision:
    def __init__(self, word, policy=None, missing=()):
        self.word, self.policy, self.missing = word, policy, sorted(missing)

    @property
    def allowed(self):
        return self.word == "allowed"


def many(value):
    return value if isinstance(value, list) else [value]


def matches(pattern, text):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html: `*` is anything, `?` one character."""
    parts = [".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern)]
    return re.fullmatch("".join(parts), text) is not None


def holds(statement, context):
    for operator, keys in statement.get("Condition", {}).items():
        if operator not in ("StringEquals", "StringNotEquals"):
            raise ValueError(f"the test cloud does not play the condition {operator}")
        for key, values in keys.items():
            if (context.get(key) in many(values)) != (operator == "StringEquals"):
                return False
    return True


def keys_of(policies):
    """Every key that a condition of any statement is on."""
    statements = [statement for document in policies.values() for statement in many(document["Statement"])]
    return {key for statement in statements for keys in statement.get("Condition", {}).values() for key in keys}


def decide(policies, action, resource, context):
    """`policies` are documents by name. The keys that are missing are those of all statements, not only of those that apply.

    https://github.com/boto/boto3/issues/3111
    """
    allowed, missing = None, keys_of(policies) - set(context)
    for name, document in policies.items():
        for statement in many(document["Statement"]):
            names_it = any(matches(pattern.lower(), action.lower()) for pattern in many(statement["Action"]))
            if not names_it or not any(matches(pattern, resource) for pattern in many(statement["Resource"])):
                continue
            if not holds(statement, context):
                continue
            if statement["Effect"] == "Deny":
                return Decision("explicitDeny", name, missing)
            allowed = allowed or name
    return Decision("allowed", allowed, missing) if allowed else Decision("implicitDeny", missing=missing)
