"""Task definitions: what moto drops of them, in order, by pages, and late after a write."""

from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse as Responses

from ecs_account import Account

# What RegisterTaskDefinition takes and moto does not keep.
DROPPED = {"enableFaultInjection": "enable_fault_injection"}
register = Responses.register_task_definition
deregister = Responses.deregister_task_definition


def account_of(response):
    return Account.of(response.current_account, response.region)


def register_task_definition(response):
    result = register(response)
    definition, account = result.result["taskDefinition"], account_of(response)
    for name, attribute in DROPPED.items():
        setattr(definition, attribute, response._get_param(name))
    definition.registered_at = account.now()
    definition.registered_by = f"arn:aws:iam::{account.id}:user/tests"
    # Fargate or not is the one thing that moto looks at: it puts another network mode than was asked for.
    definition.network_mode = response._get_param("networkMode") or definition.network_mode
    account.registered[definition.arn] = account.now()
    result.result["tags"] = response._get_param("tags") or []
    return result


def deregister_task_definition(response):
    result = deregister(response)
    result.result["taskDefinition"].deregistered_at = account_of(response).now()
    return result


def list_task_definitions(response):
    """`DESC` shows the newest first, 100 to a page.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html
    """
    account = account_of(response)
    arns = account.backend().list_task_definitions(response._get_param("familyPrefix"), response._get_param("status", "ACTIVE"))
    shown = [arn for arn in arns if age(account, arn) is None or age(account, arn) >= account.stale]
    # By family, and in it by number.
    shown.sort(key=lambda arn: (arn.rsplit(":", 1)[0], int(arn.rsplit(":", 1)[1])), reverse=response._get_param("sort") == "DESC")
    size, begin = int(response._get_param("maxResults") or 100), int(response._get_param("nextToken") or 0)
    page = {"taskDefinitionArns": shown[begin : begin + size]}
    if begin + size < len(shown):
        page["nextToken"] = str(begin + size)
    return ActionResult(page)


def age(account, arn):
    registered = account.registered.get(arn)
    return None if registered is None else (account.now() - registered).total_seconds()
