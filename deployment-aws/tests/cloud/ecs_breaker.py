"""What ends a deployment that goes wrong: the circuit breaker, alarms, and a person's StopServiceDeployment.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
"""

import math

# How many failures trip it: half of the desired count, at least 3, at most 200.
LEAST, MOST = 3, 200

NOT_STARTED = "tasks failed to start."


def threshold(desired):
    return min(max(math.ceil(desired * 0.5), LEAST), MOST)


def judge(service):
    """Fails the primary deployment if it must, and goes back if the service is set up so."""
    primary = service.primary()
    if primary.state != "IN_PROGRESS":
        return
    settings = service.configuration.get("deploymentCircuitBreaker") or {}
    if settings.get("enable") and primary.failures >= threshold(service.desired):
        fail(service, f"ECS deployment circuit breaker: {NOT_STARTED}", NOT_STARTED, settings.get("rollback"))
        return
    # Alarms that fire already when a deployment begins are not looked at during it.
    alarms = service.configuration.get("alarms") or {}
    if primary.alarms_watched and service.firing():
        fail(service, "ECS deployment failed: alarm detected.", "alarm detected.", alarms.get("rollback"))


def fail(service, reason, why, rolls_back):
    failed = service.primary()
    failed.state, failed.reason, failed.updated = "FAILED", reason, service.now
    service.say(f"(deployment {failed.id}) deployment failed: {why}")
    record = service.records[-1]
    record.triggered = "alarms" if "alarm" in why else "breaker"
    if rolls_back:
        go_back(service, why)
    else:
        record.finish(service, "STOPPED", why)


def go_back(service, why):
    """A new deployment of what completed last, which takes over what still runs of it."""
    record, failed = service.records[-1], service.primary()
    last = next((other for other in reversed(service.records[:-1]) if other.status in ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL")), None)
    if last is None:
        record.finish(service, "ROLLBACK_FAILED", f"{why} No rollback candidate was found to run the rollback.")
        return
    source = last.settled
    record.roll_back(service, why, source)
    service.say(f"rolling back to deployment {source.deployment}.")
    cause = "circuit breaker: " if why == NOT_STARTED else ""
    back = service.deploy(source.definition, f"ECS deployment {cause}rolling back to deploymentId {source.deployment}.")
    service.kept["taskDefinition"] = source.definition.arn
    for task in service.tasks:
        if task.definition is source.definition and task.live():
            task.deployment = back.id
    for task in service.live(failed):
        if task.health(service.now) != "HEALTHY":
            service.stop(task)
