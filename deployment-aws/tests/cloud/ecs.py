"""ECS: services that roll out by the account's time, with their history, and the checks of their input that AWS makes.

`ecs_service.py` plays a service, `ecs_tasks.py` its tasks, `ecs_breaker.py` what fails a deployment, `ecs_history.py` service deployments,
`ecs_definitions.py` task definitions, `ecs_commands.py` what a test can say. Services with another deployment controller are left to moto.
"""

import copy

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException, ServiceNotFoundException
from moto.ecs.responses import EC2ContainerServiceResponse as Responses
from moto.elbv2.exceptions import TargetGroupNotFoundError

import ecs_commands
import ecs_definitions
import ecs_history
from ecs_account import Account
from ecs_definitions import account_of
from ecs_service import Service

# What UpdateService can change that makes a new deployment; the rest is kept with the service.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
DEPLOYS = ("networkConfiguration", "platformVersion", "capacityProviderStrategy", "loadBalancers", "serviceRegistries",
           "serviceConnectConfiguration", "volumeConfigurations", "enableExecuteCommand", "enableECSManagedTags", "propagateTags")
KEEPS = DEPLOYS + ("healthCheckGracePeriodSeconds", "placementConstraints", "placementStrategy", "availabilityZoneRebalancing")
MOTO = {name: getattr(Responses, name) for name in ("create_service", "describe_services", "update_service", "delete_service", "list_tasks",
                                                   "describe_tasks", "stop_task")}


class ServiceNotActive(ServiceException):
    def __init__(self):
        super().__init__("ServiceNotActiveException", "Service was not ACTIVE.")


def create_service(response):
    if (response._get_param("deploymentController") or {}).get("type", "ECS") != "ECS":
        return MOTO["create_service"](response)
    account = account_of(response)
    cluster, name = account.cluster(response._get_param("cluster")), response._get_param("serviceName")
    known = account.services.get((cluster.name, name))
    if known is not None and known.status != "INACTIVE":
        raise InvalidParameterException("Creation of service was not idempotent.")
    kept = {key: copy.deepcopy(value) for key, value in dict(response._get_params()).items() if value is not None}
    kept.setdefault("launchType", "FARGATE")
    check(account, kept)
    definition = account.definition(kept["taskDefinition"])
    base = account.backend().create_service(cluster.name, name, 0, definition.arn, tags=kept.get("tags"), launch_type=kept["launchType"])
    kept["taskDefinition"] = definition.arn
    service = Service(account, cluster, base.arn, name, kept, definition, account.now())
    account.services[(cluster.name, name)] = service
    return ActionResult({"service": view(service)})


def check(account, kept):
    """What AWS refuses of a service's settings."""
    if kept.get("desiredCount", 0) < 0:
        raise InvalidParameterException("desiredCount must not be negative.")
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRegistry.html
    if len(kept.get("serviceRegistries") or []) > 1:
        raise InvalidParameterException("Multiple service registries are not supported.")
    settings = kept.get("deploymentConfiguration", {})
    least, most = settings.get("minimumHealthyPercent", 100), settings.get("maximumPercent", 200)
    if least >= most and most <= 100:
        raise InvalidParameterException("maximumPercent must be greater than minimumHealthyPercent.")
    for balancer in kept.get("loadBalancers") or []:
        arn = balancer["targetGroupArn"]
        targets = ecs_commands.targets(account)
        if arn not in targets.backend.target_groups:
            raise TargetGroupNotFoundError()
        if not targets.in_use(arn):
            raise InvalidParameterException(f"The target group with targetGroupArn {arn} does not have an associated load balancer.")


def found(account, cluster, name):
    service = account.service(cluster, name)
    if service is None:
        raise ServiceNotFoundException()
    return service


def update_service(response):
    account = account_of(response)
    if account.service(response._get_param("cluster"), response._get_param("service")) is None:
        known, _ = account.backend().describe_services(response._get_param("cluster") or "default", [response._get_param("service")])
        if known:
            return MOTO["update_service"](response)
    changes = {key: value for key, value in dict(response._get_params()).items() if value is not None}
    return ActionResult({"service": view(update(account, changes))})


def update(account, changes):
    """UpdateService, by whomever."""
    service = found(account, changes.get("cluster"), changes["service"])
    if service.status != "ACTIVE":
        raise ServiceNotActive()
    check(account, {**changes, "deploymentConfiguration": {**service.configuration, **changes.get("deploymentConfiguration", {})}})
    definition = account.definition(changes["taskDefinition"]) if "taskDefinition" in changes else service.primary().definition
    account.hide(service, views(service))
    if "deploymentConfiguration" in changes:
        service.configuration = {**service.configuration, **changes["deploymentConfiguration"]}
    deploys = changes.get("forceNewDeployment") or definition is not service.primary().definition
    for key in KEEPS:
        if key in changes:
            deploys = deploys or (key in DEPLOYS and changes[key] != service.kept.get(key))
            service.kept[key] = copy.deepcopy(changes[key])
    if "desiredCount" in changes:
        service.desired, service.steady = changes["desiredCount"], service.steady and service.desired == changes["desiredCount"]
    service.kept["taskDefinition"] = definition.arn
    if deploys:
        service.begin(definition)
    else:
        service.scale(service.desired)
    return service


def delete_service(response):
    account = account_of(response)
    service = account.service(response._get_param("cluster"), response._get_param("service"))
    if service is None:
        return MOTO["delete_service"](response)
    if service.desired > 0 and not response._get_param("force"):
        raise InvalidParameterException("The service cannot be stopped while it is scaled above 0.")
    account.hide(service, views(service))
    service.end()
    return ActionResult({"service": view(service)})


def describe_services(response):
    account, played, others = account_of(response), [], []
    for name in response._get_param("services", []):
        service = account.service(response._get_param("cluster"), name)
        if service is None:
            others.append(name)
        else:
            shown = account.hidden(service) or views(service)
            played.append(shown["service"] if "TAGS" in response._get_param("include", []) else {**shown["service"], "tags": []})
    services, failures = account.backend().describe_services(response._get_param("cluster") or "default", others)
    return ActionResult({"services": played + services, "failures": failures})


def views(service):
    return {
        "service": view(service),
        "records": [record.brief(service) for record in reversed(service.records)],
        "details": {record.arn: record.view(service) for record in service.records},
    }


def view(service):
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html"""
    # A service has a launch type or a strategy: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    launch = () if service.kept.get("capacityProviderStrategy") else ("launchType",)
    kept = {key: service.kept[key] for key in (*KEEPS, *launch, "tags") if key in service.kept}
    under_way = service.records[-1] if service.records[-1].status not in ecs_history.ENDED else None
    view = {
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster.arn,
        "loadBalancers": [],
        "serviceRegistries": [],
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        **kept,
        "roleArn": service.kept.get("role"),
        "status": service.status,
        "desiredCount": service.desired,
        "runningCount": sum(task.status == "RUNNING" for task in service.tasks),
        "pendingCount": sum(task.status in ("PROVISIONING", "PENDING") for task in service.tasks),
        "taskDefinition": service.kept["taskDefinition"],
        "deploymentConfiguration": service.configuration,
        "deployments": [of(service, deployment) for deployment in service.deployments],
        "events": list(service.events),
        "createdAt": service.created,
        "currentServiceDeployment": under_way and under_way.arn,
        "currentServiceRevisions": [{"arn": service.records[-1].settled.arn, **ecs_history.counts(service, service.primary().definition)}],
    }
    return {key: value for key, value in view.items() if value is not None}


def of(service, deployment):
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html"""
    tasks, connect = service.of(deployment), service.kept.get("serviceConnectConfiguration")
    return {
        "id": deployment.id,
        "status": deployment.status,
        "taskDefinition": deployment.definition.arn,
        "desiredCount": deployment.desired,
        "runningCount": sum(task.status == "RUNNING" for task in tasks),
        "pendingCount": sum(task.status in ("PROVISIONING", "PENDING") for task in tasks),
        "failedTasks": deployment.failed,
        "createdAt": deployment.created,
        "updatedAt": deployment.updated,
        "launchType": service.kept["launchType"],
        "rolloutState": deployment.state,
        "rolloutStateReason": deployment.reason,
        **({"serviceConnectConfiguration": connect} if connect else {}),
    }


def list_tasks(response):
    account, name = account_of(response), response._get_param("serviceName")
    if name is None or account.service(response._get_param("cluster"), name) is None:
        return MOTO["list_tasks"](response)
    wanted = response._get_param("desiredStatus") or "RUNNING"
    service = account.service(response._get_param("cluster"), name)
    arns = [task.arn() for task in service.tasks if task.desired == wanted]
    # 100 to a page: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
    size, begin = int(response._get_param("maxResults") or 100), int(response._get_param("nextToken") or 0)
    page = {"taskArns": arns[begin : begin + size]}
    if begin + size < len(arns):
        page["nextToken"] = str(begin + size)
    return ActionResult(page)


def of_services(account):
    return {task.id: task for service in account.services.values() for task in service.tasks}


def describe_tasks(response):
    account = account_of(response)
    cluster, asked = account.cluster(response._get_param("cluster")), response._get_param("tasks", [])
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
    if len(asked) > 100:
        raise InvalidParameterException("Task count must not exceed 100.")
    played = {id: task for id, task in of_services(account).items() if task.service.cluster is cluster}
    others = [task for task in asked if task.split("/")[-1] not in played]
    known = account.backend().describe_tasks(cluster.name, others) if others else []
    tasks = [played[task.split("/")[-1]].view(account.now()) for task in asked if task.split("/")[-1] in played]
    missing = [task for task in others if all(task not in (each.task_arn, each.id) for each in known)]
    return ActionResult({"tasks": tasks + known, "failures": [{"arn": task, "reason": "MISSING"} for task in missing]})


def stop_task(response):
    account = account_of(response)
    task = of_services(account).get((response._get_param("task") or "").split("/")[-1])
    if task is None:
        return MOTO["stop_task"](response)
    task.service.stop(task, "UserInitiated", response._get_param("reason") or "Task stopped by user")
    task.service.settle()
    return ActionResult({"task": task.view(account.now())})


def list_service_deployments(response):
    account = account_of(response)
    service, statuses = found(account, response._get_param("cluster"), response._get_param("service")), response._get_param("status") or []
    records = (account.hidden(service) or views(service))["records"]
    shown = [record for record in records if not statuses or record["status"] in statuses]
    size, begin = int(response._get_param("maxResults") or 20), int(response._get_param("nextToken") or 0)
    page = {"serviceDeployments": shown[begin : begin + size]}
    if begin + size < len(shown):
        page["nextToken"] = str(begin + size)
    return ActionResult(page)


def records(account):
    return {record.arn: (service, record) for service in account.services.values() for record in service.records}


def describe_service_deployments(response):
    account, asked = account_of(response), response._get_param("serviceDeploymentArns") or []
    known = records(account)
    details = [(account.hidden(known[arn][0]) or views(known[arn][0]))["details"].get(arn) for arn in asked if arn in known]
    failures = [{"arn": arn, "reason": "MISSING"} for arn in asked if arn not in known]
    return ActionResult({"serviceDeployments": [each for each in details if each], "failures": failures})


def describe_service_revisions(response):
    account, asked = account_of(response), response._get_param("serviceRevisionArns") or []
    known = {record.target.arn: (service, record.target) for service, record in records(account).values()}
    revisions = [known[arn][1].view(known[arn][0]) for arn in asked if arn in known]
    failures = [{"arn": arn, "reason": "MISSING"} for arn in asked if arn not in known]
    return ActionResult({"serviceRevisions": revisions, "failures": failures})


def stop_service_deployment(response):
    account, arn = account_of(response), response._get_param("serviceDeploymentArn")
    if arn not in records(account):
        raise ecs_history.NotFound()
    service, record = records(account)[arn]
    account.hide(service, views(service))
    ecs_history.stop(service, record, response._get_param("stopType") or "ROLLBACK")
    return ActionResult({"serviceDeploymentArn": arn})


ANSWERS = [create_service, update_service, delete_service, describe_services, list_tasks, describe_tasks, stop_task,
           list_service_deployments, describe_service_deployments, describe_service_revisions, stop_service_deployment,
           ecs_definitions.register_task_definition,
           ecs_definitions.deregister_task_definition, ecs_definitions.list_task_definitions]


def on_time(account, now):
    for known in [each for each in Account.all.values() if each.id == account]:
        known.advance(now)


def install(world):
    Account.world = world
    for answer in ANSWERS:
        setattr(Responses, answer.__name__, answer)
    world.on_time(on_time)
    ecs_commands.install(world, update)
