"""Who may do what, in an account that was told to heed it: every request is refused that the driver's policy does not allow.

Words of a test: `iam-driver` sets the policy of whoever calls (with this `key`, if one is named; and heeds it, unless `heeded` is false), with
a `boundary` and an organization's `scp` if wanted; `iam-role` sets that of a role of tasks,
`iam-refused` tells what was refused since it was last asked. Who calls is then a session of the role `deployer`, whose path is `/ci/`.
"""

import json
from urllib.parse import parse_qsl

from authorization_actions import asked
from cloudwatch_cbor import decode, encode
from moto.core.responses import ActionResult
from moto.iam.exceptions import IAMException
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse
from policies import decide

DRIVER = "deployer"
# "IAM might return fewer results": https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
PAGE = 4
# AWS says of some actions that they cannot be simulated together, and nowhere of which; here it is these.
MIXED = {"ecs:DescribeTasks", "ecs:TagResource"}
# What a request carries that hands a role to a task: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
PASSED = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
PREFIXES = {"monitoring": "cloudwatch", "elasticloadbalancing": "elasticloadbalancing"}


class InvalidInput(IAMException):
    code = "InvalidInput"


class Principal:
    def __init__(self, policies, boundary=None, scp=None):
        self.policies, self.boundary, self.scp = policies, boundary, scp

    def decides(self, action, resource, context):
        """The decision, and whether boundary and organization allow it."""
        inside = [document is None or decide({"it": document}, action, resource, context).allowed for document in (self.boundary, self.scp)]
        return decide(self.policies, action, resource, context), *inside

    def may(self, action, resource):
        decision, bounded, organized = self.decides(action, resource, PASSED)
        return decision.allowed and bounded and organized


class Authorization:
    def __init__(self):
        self.heeded, self.principals, self.refused, self.keys = set(), {}, {}, {}

    def of(self, arn):
        return self.principals.get(arn)

    def role(self, account, name, path="/"):
        backend = iam_backends[account]["aws"]
        if name not in {role.name for role in backend.roles.values()}:
            backend.create_role(name, "{}", path, None, "", [], "3600")
        return backend.get_role(name).arn

    def driver(self, account, body):
        arn = self.role(account, DRIVER, "/ci/")
        self.principals[arn] = Principal(body["policies"], body.get("boundary"), body.get("scp"))
        self.keys[account] = body.get("key")
        self.heeded.discard(account)
        if body.get("heeded", True):
            self.heeded.add(account)
        return {"arn": arn}

    def task_role(self, account, body):
        arn = self.role(account, body["name"])
        self.principals[arn] = Principal(body["policies"])
        return {"arn": arn}

    def drives(self, account):
        return next((arn for arn in self.principals if f"::{account}:role/ci/{DRIVER}" in arn), None)

    def guard(self, account, environment, headers, body):
        scope = headers.get("Authorization", "").partition("Credential=")[2].split("/")
        driver = self.drives(account)
        if driver is None or len(scope) < 5 or self.keys[account] not in (None, scope[0]):
            return None
        region, service = scope[2], scope[3]
        call, parameters = read(environment, headers, body)
        if service == "sts" and call == "GetCallerIdentity":
            return 200, {"content-type": "text/xml"}, identity(account)
        if account not in self.heeded:
            return None
        for action, resource in asked(account, region, PREFIXES.get(service, service), call, parameters):
            if not self.of(driver).may(action, resource):
                self.refused.setdefault(account, []).append(f"{action} {resource}")
                sentence = f"User: arn:aws:sts::{account}:assumed-role/{DRIVER}/test is not authorized to perform: {action} on resource: {resource}"
                return refusal(headers, sentence)
        return None


def read(environment, headers, body):
    if "smithy-protocol" in headers:
        return environment["PATH_INFO"].rsplit("/", 1)[-1], decode(body) if body else {}
    if "X-Amz-Target" in headers:
        return headers["X-Amz-Target"].rsplit(".", 1)[-1], json.loads(body or b"{}")
    parameters = dict(parse_qsl(body.decode()))
    return parameters.get("Action", ""), parameters


def refusal(headers, sentence):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html and the protocols of Smithy."""
    if "smithy-protocol" in headers:
        told = encode({"__type": "AccessDeniedException", "message": sentence})
        return 400, {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, told
    if "X-Amz-Target" in headers:
        told = json.dumps({"__type": "AccessDeniedException", "message": sentence}).encode()
        return 400, {"content-type": "application/x-amz-json-1.1"}, told
    error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{sentence}</Message></Error>"
    return 403, {"content-type": "text/xml"}, f"<ErrorResponse>{error}<RequestId>none</RequestId></ErrorResponse>".encode()


def identity(account):
    told = f"<Arn>arn:aws:sts::{account}:assumed-role/{DRIVER}/test</Arn><UserId>AROATEST:test</UserId><Account>{account}</Account>"
    result = f"<GetCallerIdentityResult>{told}</GetCallerIdentityResult>"
    return f'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">{result}</GetCallerIdentityResponse>'.encode()


def install(world):
    authorization = Authorization()
    world.on_command("iam-driver", authorization.driver)
    world.on_command("iam-role", authorization.task_role)
    world.on_command("iam-refused", lambda account, _: authorization.refused.pop(account, []))
    world.guard = authorization.guard

    def simulate_principal_policy(self):
        """https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html"""
        source = self._get_param("PolicySourceArn")
        self.backend.get_role_by_arn(source)
        principal = authorization.of(source) or Principal({})
        context = {entry["ContextKeyName"]: entry["ContextKeyValues"][0] for entry in self._get_param("ContextEntries", [])}
        actions, begin = self._get_param("ActionNames"), int(self._get_param("Marker", "0"))
        if MIXED <= set(actions):
            raise InvalidInput(f"Simulations for actions {sorted(MIXED)} require different authorization information")
        resource = self._get_param("ResourceArns", ["*"])[0]
        results = [simulated(principal, action, resource, context) for action in actions[begin : begin + PAGE]]
        more = {"IsTruncated": True, "Marker": str(begin + PAGE)} if begin + PAGE < len(actions) else {"IsTruncated": False}
        return ActionResult({"EvaluationResults": results, **more})

    IamResponse.simulate_principal_policy = simulate_principal_policy


def simulated(principal, action, resource, context):
    decision, bounded, organized = principal.decides(action, resource, context)
    allowed = decision.allowed and bounded and organized
    specific = [{"EvalResourceName": resource, "EvalResourceDecision": decision.word, "MissingContextValues": decision.missing}]
    return {
        "EvalActionName": action,
        "EvalResourceName": "*",
        "EvalDecision": "allowed" if allowed else decision.word if not decision.allowed else "implicitDeny",
        "MatchedStatements": [{"SourcePolicyId": decision.policy}] if decision.policy else [],
        "MissingContextValues": decision.missing if resource == "*" else [],
        "OrganizationsDecisionDetail": {"AllowedByOrganizations": organized},
        "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": bounded},
        "ResourceSpecificResults": [] if resource == "*" else specific,
    }
