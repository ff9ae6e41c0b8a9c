"""What an account has of ECS in a region, beside what moto keeps: services that live, how images behave, and what a test has said."""

import copy
import datetime

from moto.ecs import models as ecs
from moto.ecs.exceptions import EcsClientException

import ecs_tasks


class Account:
    all = {}
    world = None

    @classmethod
    def of(cls, account, region):
        return cls.all.setdefault((account, region), cls(account, region))

    def __init__(self, account, region):
        self.id = account
        self.region = region
        self.services = {}
        self.images = {}
        # Seconds for which reads show what was before a write.
        self.stale = 0
        # What is left on container instances, by cluster.
        self.instances = {}
        # When each task definition was registered.
        self.registered = {}

    def now(self):
        return self.world.now(self.id)

    def backend(self):
        return ecs.ecs_backends[self.id][self.region]

    def image(self, definition):
        """How tasks of this task definition behave: as the first of its images that something was said about."""
        said = [self.images[each["image"]] for each in definition.container_definitions if each["image"] in self.images]
        return said[0] if said else ecs_tasks.Image()

    def alarm(self, name):
        """The state of an alarm of CloudWatch."""
        _, told = self.watched().named.get(name, (None, {}))
        return told.get("StateValue")

    def watched(self):
        return self.world.cloudwatch.service(self.id, self.region).alarms

    def definition(self, name):
        """A task definition that can be deployed: by `family`, `family:revision` or ARN."""
        family, _, revision = name.split("/")[-1].partition(":")
        revisions = self.backend().task_definitions.get(family, {})
        active = [number for number, each in revisions.items() if each.status == "ACTIVE"]
        number = int(revision) if revision.isdigit() else max(active, default=0)
        if number not in revisions:
            raise EcsClientException("TaskDefinition not found.")
        if revisions[number].status != "ACTIVE":
            raise EcsClientException("TaskDefinition is inactive")
        return revisions[number]

    def cluster(self, name):
        return self.backend()._get_cluster(name or "default")

    def service(self, cluster, name):
        """`None` if it is not one of ours."""
        return self.services.get((self.cluster(cluster).name, (name or "").split("/")[-1]))

    def hide(self, service, views):
        """Before a write: reads go on showing this for a while. DescribeServices is eventually consistent.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
        """
        if self.stale and not self.hidden(service):
            service.shown = (self.now() + datetime.timedelta(seconds=self.stale), copy.deepcopy(views))

    def hidden(self, service):
        """What reads of a service show instead of the truth, if they do."""
        until, views = getattr(service, "shown", None) or (None, None)
        return views if until is not None and self.now() < until else None

    def advance(self, now):
        for service in self.services.values():
            service.advance(now)
