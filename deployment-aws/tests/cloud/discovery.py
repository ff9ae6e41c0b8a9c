"""AWS Cloud Map: tasks of ECS that are registered while they run, and what moto lacks: names by ARN, pages, refusals.

A task's instance has the task's id and says whose it is:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html and, with an example, `create-service-discovery.html`
beside it. It is made before the task is RUNNING:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html. When it goes is not said there; here it goes as
soon as the task is to stop. A test's words are in `COMMANDS`.
"""

import datetime

from moto.core.exceptions import JsonRESTError
from moto.servicediscovery import exceptions, models

REGION = "eu-central-1"
# https://docs.aws.amazon.com/cloud-map/latest/api/API_ListInstances.html, and the same for GetInstancesHealthStatus.
PAGE = 100
# How long a custom health status waits until it shows: https://docs.aws.amazon.com/cloud-map/latest/api/API_HealthCheckCustomConfig.html
HEALTH_AFTER = 30
# https://docs.aws.amazon.com/cloud-map/latest/api/API_GetInstancesHealthStatus.html: they are answered by 404.
MISSING = (exceptions.ServiceNotFound, exceptions.InstanceNotFound, exceptions.NamespaceNotFound, exceptions.OperationNotFound)


class Play:
    """What ECS and Cloud Map do with tasks that start and stop from now on."""

    def __init__(self, registers=True, deregisters=True, health=None, late=0):
        self.registers = registers
        self.deregisters = deregisters
        # Instead of what the task is: HEALTHY, UNHEALTHY or UNKNOWN.
        self.health = health
        # Seconds until a change shows.
        self.late = late


class Registered:
    """A task in a registry."""

    def __init__(self, task, now, play):
        self.task = task
        self.begins = now + datetime.timedelta(seconds=play.late)
        self.ends = None
        self.told = play.health

    def shows(self, now):
        return self.begins <= now and (self.ends is None or now < self.ends)

    def status(self, registry, now):
        if self.told is not None:
            return self.told
        if registry.health_check_custom_config is None:
            # https://docs.aws.amazon.com/cloud-map/latest/api/API_HttpInstanceSummary.html: there is one only where health is checked.
            return "UNKNOWN"
        if not any("healthCheck" in container for container in self.task.definition.container_definitions):
            return "HEALTHY"
        # ECS reports what the container's own check says; until then there is nothing good to report.
        after = self.task.image.healthy_after
        healthy = after is not None and now >= self.task.started + datetime.timedelta(seconds=after + HEALTH_AFTER)
        return "HEALTHY" if healthy else "UNHEALTHY"

    def instance(self, registry, now):
        task = self.task
        attributes = {
            "AWS_INSTANCE_IPV4": task.address,
            "AVAILABILITY_ZONE": f"{task.service.account.region}a",
            "REGION": task.service.account.region,
            "ECS_SERVICE_NAME": task.service.name,
            "ECS_CLUSTER_NAME": task.service.cluster.name,
            "ECS_TASK_DEFINITION_FAMILY": task.definition.family,
        }
        instance = models.ServiceInstance(registry.id, task.id, attributes=attributes)
        instance.health_status = self.status(registry, now)
        return instance


class Book:
    """The registries of an account in a region: who is in them beside those that came by RegisterInstance."""

    all = {}
    world = None

    @classmethod
    def of(cls, account, region):
        return cls.all.setdefault((account, region), cls(account, region))

    def __init__(self, account, region):
        self.account, self.region = account, region
        self.tasks = {}
        self.plays = {}

    def backend(self):
        return models.servicediscovery_backends[self.account][self.region]

    def play(self, registry):
        return self.plays.get(registry, Play())

    def follow(self, task, registries, now):
        """Tasks are registered where their service says when they start."""
        runs = task.status == "RUNNING" and task.live()
        known = {registry: entries[task.id] for registry, entries in self.tasks.items() if task.id in entries}
        if runs and not getattr(task, "seen_by_discovery", False):
            task.seen_by_discovery = True
            for registry in registries:
                if self.play(registry).registers:
                    self.tasks.setdefault(registry, {})[task.id] = Registered(task, now, self.play(registry))
        for registry, entry in known.items():
            play = self.play(registry)
            if not runs and entry.ends is None and play.deregisters:
                entry.ends = now + datetime.timedelta(seconds=play.late)

    def instances(self, registry):
        now, entries = self.world.now(self.account), self.tasks.get(registry.id, {})
        return [entry.instance(registry, now) for entry in entries.values() if entry.shows(now)]

    def id_of(self, name):
        """A service of Cloud Map is named by its id or its ARN."""
        here = f":servicediscovery:{self.region}:{self.account}:service/"
        return name.split("/")[-1] if here in name else name


def follow(service):
    """Brings the registries of a service of ECS up to what its tasks are."""
    book = Book.of(service.account.id, service.account.region)
    registries = [book.id_of(each["registryArn"]) for each in service.kept.get("serviceRegistries") or []]
    for task in service.tasks:
        book.follow(task, registries, service.now)


def list_instances(backend, service_id):
    registry = backend.get_service(service_id)
    return registry.instances + Book.of(backend.account_id, backend.region_name).instances(registry)


def get_instances_health_status(backend, service_id, instances=None):
    known = {instance.instance_id: instance.health_status for instance in backend.list_instances(service_id)}
    for name in instances or []:
        if name not in known:
            raise exceptions.InstanceNotFound(name)
    return [(name, status) for name, status in known.items() if instances is None or name in instances]


CHANGED = ("get_service", "deregister_instance", "delete_service", "paginate")
PLAIN = {name: getattr(models.ServiceDiscoveryBackend, name) for name in CHANGED}


def get_service(backend, service_id):
    """https://docs.aws.amazon.com/cloud-map/latest/api/API_GetService.html: by the id or the ARN. Whatever is of a service asks here."""
    return PLAIN["get_service"](backend, Book.of(backend.account_id, backend.region_name).id_of(service_id))


def deregister_instance(backend, service_id, instance_id):
    """Also a task's, by somebody: ECS does not register it again."""
    entries = Book.of(backend.account_id, backend.region_name).tasks.get(backend.get_service(service_id).id, {})
    if entries.pop(instance_id, None) is None:
        return PLAIN["deregister_instance"](backend, service_id, instance_id)
    return backend._create_operation("DEREGISTER_INSTANCE", targets={"INSTANCE": instance_id})


def delete_service(backend, service_id):
    # https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteService.html
    if backend.list_instances(service_id):
        raise JsonRESTError("ResourceInUse", "Service contains registered instances; delete the instances before deleting the service")
    PLAIN["delete_service"](backend, backend.get_service(service_id).id)


def paginate(backend, items, max_results=None, next_token=None):
    if max_results is not None and not 1 <= max_results <= PAGE:
        raise exceptions.InvalidInput(f"MaxResults must be from 1 to {PAGE}")
    return PLAIN["paginate"](backend, items, max_results or PAGE, next_token)


def make(account, body):
    """`discovery/registry`: one of this `name` in a namespace, by A records of `ttl` seconds, with `health` custom, route53 or null."""
    backend, health = Book.of(account, REGION).backend(), body.get("health", "custom")
    # Route 53 checks what is public: https://docs.aws.amazon.com/cloud-map/latest/dg/services-health-checks.html
    if health == "route53":
        backend.create_public_dns_namespace(f"{body['name']}.example", "", "", [], {})
    else:
        backend.create_private_dns_namespace("internal", "", "", f"vpc-{len(backend.namespaces)}", [], {})
    namespace = list(backend.namespaces)[-1]
    registry = backend.create_service(
        name=body["name"],
        namespace_id=namespace,
        creator_request_id="",
        description="",
        dns_config={"NamespaceId": namespace, "DnsRecords": [{"Type": "A", "TTL": body.get("ttl", 10)}]},
        health_check_config={"Type": "HTTP", "ResourcePath": "/"} if health == "route53" else None,
        # https://docs.aws.amazon.com/cloud-map/latest/api/API_HealthCheckCustomConfig.html: the threshold is always 1.
        health_check_custom_config={"FailureThreshold": 1} if health == "custom" else None,
        tags=[],
        service_type="DNS_HTTP",
    )
    return {"arn": registry.arn, "id": registry.id}


def play(account, body):
    """`discovery/play`: from now on in this `registry`, by its ARN: of `registers`, `deregisters`, `health`, `late` what is not usual."""
    book, registry = Book.of(account, REGION), body.pop("registry")
    book.plays[book.id_of(registry)] = Play(**body)
    return {}


COMMANDS = {"discovery/registry": make, "discovery/play": play}


def install(world):
    Book.world = world
    for function in (get_service, list_instances, get_instances_health_status, deregister_instance, delete_service, paginate):
        setattr(models.ServiceDiscoveryBackend, function.__name__, function)
    for missing in MISSING:
        missing.code = 404
    for name, command in COMMANDS.items():
        world.on_command(name, command)
