"""The history of a service: service deployments and service revisions.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""

import random
import string

from moto.ecs.exceptions import EcsClientException, InvalidParameterException
from moto.core.exceptions import ServiceException

import ecs_breaker

# The states in which it can be stopped.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html
STOPPABLE = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
ENDED = ("SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")


class Revision:
    """A service revision: what is deployed, with the settings of the service that it was deployed with."""

    def __init__(self, service, deployment):
        self.arn = service.arn.replace(":service/", ":service-revision/") + f"/{random.randrange(10**18, 10**19)}"
        self.definition = deployment.definition
        self.deployment = deployment.id
        self.created = service.now
        self.kept = dict(service.kept)

    def view(self, service):
        return {
            "serviceRevisionArn": self.arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster.arn,
            "taskDefinition": self.definition.arn,
            "launchType": self.kept["launchType"],
            "loadBalancers": self.kept.get("loadBalancers") or [],
            "serviceRegistries": self.kept.get("serviceRegistries") or [],
            "containerImages": [
                {"containerName": each["name"], "image": each["image"]} for each in self.definition.container_definitions
            ],
            "createdAt": self.created,
        }


class Record:
    """A service deployment."""

    def __init__(self, service):
        id = "".join(random.choices(string.ascii_letters + string.digits, k=21))
        self.arn = service.arn.replace(":service/", ":service-deployment/") + "/" + id
        self.target = Revision(service, service.primary())
        self.source = service.records[-1].settled if service.records else None
        # What serves when it is over.
        self.settled = self.target
        self.created = self.started = self.updated = service.now
        self.finished = None
        self.stopped = None
        self.status = "IN_PROGRESS"
        self.reason = None
        self.rollback = None
        self.triggered = None
        self.configuration = service.configuration
        self.alarms_watched = service.primary().alarms_watched

    def finish(self, service, status, reason=None):
        self.status, self.finished, self.updated = status, service.now, service.now
        self.reason = reason or self.reason

    def roll_back(self, service, why, source):
        self.status, self.reason, self.updated = "ROLLBACK_IN_PROGRESS", why, service.now
        self.rollback = {"reason": why, "startedAt": service.now, "serviceRevisionArn": source.arn}
        self.settled = source

    def follow(self, service):
        """The primary deployment has completed."""
        if self.status not in ENDED and service.primary().completed():
            self.finish(service, "ROLLBACK_SUCCESSFUL" if self.rollback else "SUCCESSFUL")

    def brief(self, service):
        brief = {
            "serviceDeploymentArn": self.arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster.arn,
            "createdAt": self.created,
            "startedAt": self.started,
            "finishedAt": self.finished,
            "targetServiceRevisionArn": self.target.arn,
            "status": self.status,
            "statusReason": self.reason,
        }
        return {key: value for key, value in brief.items() if value is not None}

    def view(self, service):
        settings = self.configuration.get("deploymentCircuitBreaker") or {}
        alarms = self.configuration.get("alarms") or {}
        failures = service.primary().failures if self is service.records[-1] else 0
        view = self.brief(service)
        del view["targetServiceRevisionArn"]
        view |= {
            "updatedAt": self.updated,
            "targetServiceRevision": {"arn": self.target.arn, **counts(service, self.target.definition)},
            "deploymentConfiguration": self.configuration,
            "deploymentCircuitBreaker": {
                "status": self.monitor(settings.get("enable"), "breaker"),
                "failureCount": failures,
                "threshold": ecs_breaker.threshold(service.desired),
            },
            "alarms": {
                "status": self.monitor(alarms.get("enable") and self.alarms_watched, "alarms"),
                "alarmNames": alarms.get("alarmNames", []),
                "triggeredAlarmNames": service.firing() if self.triggered == "alarms" else [],
            },
        }
        if self.source:
            view["sourceServiceRevisions"] = [{"arn": self.source.arn, **counts(service, self.source.definition)}]
        if self.rollback:
            view["rollback"] = self.rollback
        if self.stopped:
            view["stoppedAt"] = self.stopped
        return view

    def monitor(self, enabled, what):
        if not enabled:
            return "DISABLED"
        if self.triggered == what:
            return "TRIGGERED"
        return "MONITORING_COMPLETE" if self.status in ENDED else "MONITORING"


def counts(service, definition):
    of = [task for task in service.tasks if task.definition is definition]
    wanted = service.primary().desired if service.primary().definition is definition else 0
    return {
        "requestedTaskCount": wanted,
        "runningTaskCount": sum(task.status == "RUNNING" for task in of),
        "pendingTaskCount": sum(task.status in ("PROVISIONING", "PENDING") for task in of),
    }


def begin(service):
    """A service deployment begins; one that is under way is superseded."""
    if service.records and service.records[-1].status not in ENDED:
        service.records[-1].stopped = service.now
        service.records[-1].finish(service, "STOPPED", "A newer service deployment has superseded it.")
    service.records.append(Record(service))


class NotFound(ServiceException):
    def __init__(self):
        super().__init__("ServiceDeploymentNotFoundException", "The service deployment does not exist.")


class Conflict(ServiceException):
    def __init__(self, status):
        super().__init__("ConflictException", f"The service deployment is {status} and cannot be stopped.")


def stop(service, record, kind):
    """StopServiceDeployment: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html."""
    if kind != "ROLLBACK":
        raise InvalidParameterException("The valid values of stopType are ROLLBACK.")
    if record.status not in STOPPABLE:
        raise Conflict(record.status)
    if record.rollback:
        return
    if record.source is None:
        raise EcsClientException("There is no service revision to roll back to.")
    service.primary().state = "FAILED"
    service.primary().reason = "Service deployment rolled back because of a stop request."
    record.stopped = service.now
    ecs_breaker.go_back(service, "Service deployment rolled back because of a stop request.")
    service.settle()
