"""Container instances of ECS with as much left on them as a test says, by pages.

Words of a test: `ecs/instances` says what a `cluster` has: of each of `instances` its `cpu` and `memory` that are left, and of `status`,
`connected`, `provider`, `external`, `times` what is not usual.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeContainerInstances.html
"""

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.responses import EC2ContainerServiceResponse as Responses

from ecs_commands import told
from ecs_definitions import account_of

# Of one answer, and of one question.
MOST = 100


def instances(account, body):
    cluster = account.cluster(body["cluster"])
    each = [instance for instance in body["instances"] for _ in range(instance.get("times", 1))]
    account.instances[cluster.name] = {f"{number:032x}": view(account, cluster, number, one) for number, one in enumerate(each)}


def view(account, cluster, number, said):
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerInstance.html"""
    arn = f"arn:aws:ecs:{account.region}:{account.id}:container-instance/{cluster.name}/{number:032x}"
    left = [resource("CPU", said["cpu"]), resource("MEMORY", said["memory"])]
    ports = {"name": "PORTS", "type": "STRINGSET", "doubleValue": 0.0, "longValue": 0, "integerValue": 0, "stringSetValue": ["22"]}
    shown = {
        "containerInstanceArn": arn,
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere.html: the id of Systems Manager.
        "ec2InstanceId": f"{'mi' if said.get('external') else 'i'}-{number:017x}",
        "status": said.get("status", "ACTIVE"),
        "agentConnected": said.get("connected", True),
        "remainingResources": [*left, ports],
        "registeredResources": [resource("CPU", 4096), resource("MEMORY", 8192), ports],
    }
    return shown | ({"capacityProviderName": said["provider"]} if "provider" in said else {})


def resource(name, value):
    return {"name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value}


def of(response):
    account = account_of(response)
    return account.instances.get(account.cluster(response._get_param("cluster")).name, {})


def list_container_instances(response):
    status, size = response._get_param("status"), int(response._get_param("maxResults") or MOST)
    arns = [each["containerInstanceArn"] for each in of(response).values() if status in (None, each["status"])]
    begin = int(response._get_param("nextToken") or 0)
    page = {"containerInstanceArns": arns[begin : begin + min(size, MOST)]}
    if begin + size < len(arns):
        page["nextToken"] = str(begin + size)
    return ActionResult(page)


def describe_container_instances(response):
    asked, known = response._get_param("containerInstances") or [], of(response)
    if not asked:
        raise InvalidParameterException("Container Instances cannot be empty.")
    if len(asked) > MOST:
        raise InvalidParameterException(f"instanceIds can have at most {MOST} items.")
    ids = [name.split("/")[-1] for name in asked]
    failures = [{"arn": name, "reason": "MISSING"} for name in ids if name not in known]
    return ActionResult({"containerInstances": [known[name] for name in ids if name in known], "failures": failures})


def install(world):
    Responses.list_container_instances = list_container_instances
    Responses.describe_container_instances = describe_container_instances
    world.on_command("ecs/instances", told(instances))
