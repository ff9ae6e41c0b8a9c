"""Tasks of services: how an image behaves, and what becomes of a task by the account's time.

The states are those of https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html; how long each lasts is
made up, and can be told.
"""

import datetime
import uuid

import elb_targets

# Seconds since a task was started until it is in this state.
PENDING_AFTER = 2
RUNNING_AFTER = 10
# Seconds a container has from SIGTERM to SIGKILL, of which it uses these.
STOPS_WITHIN = 2
# Seconds since it runs until a health check has failed often enough.
FAILS_AFTER = 15

CRASHED = "Essential container in task exited"


class Image:
    """How containers of an image behave; seconds."""

    def __init__(self, starts_after=RUNNING_AFTER, crashes_at_start=False, crashes_after=None, healthy_after=elb_targets.HEALTHY_AFTER,
                 stops_within=STOPS_WITHIN):
        self.starts_after = starts_after
        self.crashes_at_start = crashes_at_start
        self.crashes_after = crashes_after
        self.healthy_after = healthy_after
        self.stops_within = stops_within

    def health(self):
        return elb_targets.Health(self.healthy_after, FAILS_AFTER if self.healthy_after is None else None)


class Task:
    """One task of a service's deployment."""

    addresses = 0

    def __init__(self, service, definition, deployment, now, image):
        Task.addresses += 1
        self.id = uuid.uuid4().hex
        self.service = service
        self.definition = definition
        self.deployment = deployment
        self.image = image
        self.address = f"10.{Task.addresses >> 16 & 255}.{Task.addresses >> 8 & 255}.{Task.addresses & 255}"
        self.created = now
        self.started = None
        self.counted = False
        self.status = "PROVISIONING"
        self.desired = "RUNNING"
        self.stops = None
        self.stopped = None
        self.reason = ""
        self.code = None
        self.exit_code = None

    def after(self, moment, seconds):
        return moment + datetime.timedelta(seconds=seconds)

    def moments(self):
        """When something about it changes by itself."""
        if self.status == "STOPPED":
            return []
        if self.stops is not None:
            return [self.stops]
        if self.started is None:
            return [self.after(self.created, PENDING_AFTER), self.after(self.created, self.image.starts_after)]
        # What has no health check can only crash.
        moments = [self.image.crashes_after, self.image.healthy_after, FAILS_AFTER if self.image.healthy_after is None else None]
        return [self.after(self.started, seconds) for seconds in moments if seconds is not None]

    def live(self):
        return self.desired == "RUNNING" and self.status != "STOPPED"

    def health(self, now):
        """HEALTHY, UNHEALTHY or UNKNOWN: what the load balancer says, or the container's own health check, or that it runs."""
        if self.status != "RUNNING" or not self.live():
            return "UNKNOWN"
        if self.service.balancers():
            states = {self.service.target_state(balancer, self, now) for balancer in self.service.balancers()}
            return "HEALTHY" if states == {"healthy"} else "UNHEALTHY" if "unhealthy" in states else "UNKNOWN"
        if any("healthCheck" in container for container in self.definition.container_definitions):
            state = elb_targets.Target(self.started, self.image.health()).state(now, True)
            return {"healthy": "HEALTHY", "unhealthy": "UNHEALTHY"}.get(state, "UNKNOWN")
        return "HEALTHY"

    def advance(self, now):
        """What happens to it at this moment by itself: `started`, `failed` (before it ran), `crashed`, `gone`, or nothing."""
        if self.status == "STOPPED":
            return None
        if self.stops is not None:
            if now < self.stops:
                return None
            self.end(now)
            return "gone"
        if self.started is None:
            return self.start(now)
        crashes = self.image.crashes_after
        if crashes is not None and now >= self.after(self.started, crashes):
            self.exit_code, self.code, self.reason = 1, "EssentialContainerExited", CRASHED
            self.end(now)
            return "crashed"
        return None

    def start(self, now):
        if now >= self.after(self.created, PENDING_AFTER):
            self.status = "PENDING"
        if now < self.after(self.created, self.image.starts_after):
            return None
        if self.image.crashes_at_start:
            self.exit_code, self.code, self.reason = 1, "EssentialContainerExited", CRASHED
            self.end(now)
            return "failed"
        self.status, self.started = "RUNNING", now
        return "started"

    def stop(self, now, code, reason, drains_for):
        """It is asked to stop: it drains, then it ends."""
        if not self.live():
            return
        self.desired, self.code, self.reason = "STOPPED", code, reason
        if self.started is None:
            self.end(now)
            return
        self.status = "DEACTIVATING" if drains_for else "STOPPING"
        self.stops = self.after(now, drains_for + self.image.stops_within)
        self.exit_code = 0

    def end(self, now):
        self.desired, self.status, self.stopped = "STOPPED", "STOPPED", now

    def arn(self):
        return self.service.arn.replace(":service/", ":task/").rsplit("/", 1)[0] + "/" + self.id

    def view(self, now):
        """As DescribeTasks shows it: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html."""
        view = {
            "taskArn": self.arn(),
            "clusterArn": self.service.cluster.arn,
            "taskDefinitionArn": self.definition.arn,
            "group": f"service:{self.service.name}",
            "startedBy": self.deployment,
            "launchType": self.service.kept["launchType"],
            "lastStatus": self.status,
            "desiredStatus": self.desired,
            "healthStatus": self.health(now),
            "createdAt": self.created,
            "startedAt": self.started,
            "stoppedAt": self.stopped,
            "stoppedReason": self.reason or None,
            "stopCode": self.code,
            "containers": [self.container(definition, now) for definition in self.definition.container_definitions],
            "attachments": [{"id": self.id, "type": "ElasticNetworkInterface", "status": "ATTACHED", "details": [
                {"name": "privateIPv4Address", "value": self.address}]}],
            "tags": [],
        }
        return {key: value for key, value in view.items() if value is not None}

    def container(self, definition, now):
        container = {
            "containerArn": self.arn() + "/" + definition["name"],
            "taskArn": self.arn(),
            "name": definition["name"],
            "image": definition["image"],
            "lastStatus": self.status if self.status in ("PENDING", "RUNNING", "STOPPED") else "PENDING",
            "healthStatus": self.health(now) if "healthCheck" in definition else "UNKNOWN",
            "networkInterfaces": [{"attachmentId": self.id, "privateIpv4Address": self.address}],
        }
        if self.exit_code is not None and self.status == "STOPPED":
            container["exitCode"] = self.exit_code
        return container
