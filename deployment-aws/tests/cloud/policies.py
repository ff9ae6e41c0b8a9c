"""How IAM decides. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

What is played of conditions: StringEquals. A key that a request does not have makes a condition false, and the simulator says that it is missing.
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


def holds(statement, context, missing):
    for operator, keys in statement.get("Condition", {}).items():
        if operator != "StringEquals":
            raise ValueError(f"the test cloud does not play the condition {operator}")
        for key, values in keys.items():
            if key not in context:
                missing.add(key)
                return False
            if context[key] not in many(values):
                return False
    return True


def decide(policies, action, resource, context):
    """`policies` are documents by name."""
    allowed, missing = None, set()
    for name, document in policies.items():
        for statement in many(document["Statement"]):
            names_it = any(matches(pattern.lower(), action.lower()) for pattern in many(statement["Action"]))
            if not names_it or not any(matches(pattern, resource) for pattern in many(statement["Resource"])):
                continue
            if not holds(statement, context, missing):
                continue
            if statement["Effect"] == "Deny":
                return Decision("explicitDeny", name)
            allowed = allowed or name
    return Decision("allowed", allowed) if allowed else Decision("implicitDeny", missing=missing)
