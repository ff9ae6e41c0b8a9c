"""A service of ECS: its deployments, which replace each other's tasks one by one by the account's time.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html says how a rolling update goes; events are worded as in
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html.
"""

import math
import random
import uuid

import discovery
import ecs_breaker
import ecs_history
import ecs_tasks
import elb_targets

# How many events DescribeServices shows at most.
EVENTS = 100
# The defaults of a service on Fargate or EC2.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
CONFIGURATION = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "strategy": "ROLLING",
    "bakeTimeInMinutes": 0,
}


class Deployment:
    def __init__(self, definition, now, desired, reason=None):
        self.id = f"ecs-svc/{random.randrange(10**18, 10**19)}"
        self.definition = definition
        self.created = now
        self.updated = now
        self.desired = desired
        self.status = "PRIMARY"
        self.state = "IN_PROGRESS"
        self.reason = reason or f"ECS deployment {self.id} in progress."
        self.failed = 0
        # Failures in a row, for the circuit breaker.
        self.failures = 0
        self.alarms_watched = True

    def completed(self):
        return self.state == "COMPLETED"


class Service:
    """What is kept of what CreateService and UpdateService were given, and what has become of it."""

    def __init__(self, account, cluster, arn, name, kept, definition, now):
        self.account = account
        self.cluster = cluster
        self.arn = arn
        self.name = name
        self.kept = kept
        self.created = now
        self.status = "ACTIVE"
        self.now = now
        self.desired = kept.get("desiredCount", 0)
        self.tasks = []
        self.deployments = []
        self.events = []
        self.records = []
        self.steady = False
        self.configuration = {**CONFIGURATION, **kept.get("deploymentConfiguration", {})}
        self.begin(definition)

    # What it is made of.

    def primary(self):
        return self.deployments[0]

    def of(self, deployment):
        return [task for task in self.tasks if task.deployment == deployment.id]

    def live(self, deployment):
        return [task for task in self.of(deployment) if task.live()]

    def healthy(self, deployment):
        return [task for task in self.live(deployment) if task.health(self.now) == "HEALTHY"]

    def running(self, deployment):
        return [task for task in self.of(deployment) if task.status == "RUNNING"]

    def balancers(self):
        return self.kept.get("loadBalancers") or []

    def targets(self):
        return elb_targets.Targets.of(self.account.id, self.account.region)

    def target_state(self, balancer, task, now):
        return self.targets().state(balancer["targetGroupArn"], task.address, balancer["containerPort"], now)

    def moments(self):
        """When something changes by itself, as far as is known now."""
        moments = [moment for task in self.tasks for moment in task.moments()]
        for balancer in self.balancers():
            moments += self.targets().moments(balancer["targetGroupArn"])
        return moments

    def say(self, message):
        self.events.insert(0, {"id": str(uuid.uuid4()), "createdAt": self.now, "message": f"(service {self.name}) {message}"})
        del self.events[EVENTS:]

    # What is done to it.

    def begin(self, definition):
        """Somebody wants another revision, or the same one anew."""
        self.deploy(definition)
        ecs_history.begin(self)
        self.settle()

    def deploy(self, definition, reason=None):
        """A new deployment becomes the primary one."""
        for deployment in self.deployments:
            deployment.status = "ACTIVE"
        deployment = Deployment(definition, self.now, self.desired, reason)
        deployment.alarms_watched = not self.firing()
        self.deployments.insert(0, deployment)
        self.steady = False
        return deployment

    def firing(self):
        alarms = self.configuration.get("alarms") or {}
        names = alarms.get("alarmNames", []) if alarms.get("enable") else []
        return [name for name in names if self.account.alarm(name) == "ALARM"]

    def scale(self, desired):
        if desired != self.desired:
            self.desired = desired
            self.steady = False
        self.primary().desired = desired
        self.settle()

    def end(self):
        """DeleteService: it drains, and is inactive when nothing runs any more."""
        self.status = "DRAINING"
        self.scale(0)
        for task in self.tasks:
            self.stop(task, "ServiceSchedulerInitiated", "service is deleted")

    # What happens by itself.

    def advance(self, now):
        """Brings it up to `now`, from one moment at which something changes to the next."""
        self.settle()
        while True:
            moments = [moment for moment in self.moments() if self.now < moment <= now]
            if not moments:
                break
            self.now = min(moments)
            self.settle()
        self.now = max(self.now, now)
        self.settle()

    def settle(self):
        for task in list(self.tasks):
            self.observe(task, task.advance(self.now))
        for deployment in self.deployments:
            self.examine(deployment)
        ecs_breaker.judge(self)
        while self.schedule():
            pass
        self.tidy()
        discovery.follow(self)

    def observe(self, task, event):
        """What happened to a task means something for its deployment and for the load balancer."""
        if event == "started":
            for balancer in self.balancers():
                self.targets().register(balancer["targetGroupArn"], task.address, balancer["containerPort"], self.now, task.image.health())
                self.say(f"registered 1 targets in (target-group {balancer['targetGroupArn']})")
        if event in ("crashed", "failed"):
            self.deregister(task)
            self.steady = False
        if event == "failed":
            self.fail(task)

    def fail(self, task):
        for deployment in self.deployments:
            if deployment.id == task.deployment:
                deployment.failed += 1
                deployment.failures += 1

    def examine(self, deployment):
        """Tasks that fail their health checks are stopped.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html
        """
        for task in self.live(deployment):
            health = task.health(self.now)
            if health == "HEALTHY" and not task.counted:
                task.counted = True
                deployment.failures = 0
            if health == "UNHEALTHY":
                checks = "ELB" if self.balancers() else "container"
                self.say(f"(task {task.id}) failed {checks} health checks.")
                self.stop(task, "ServiceSchedulerInitiated", f"Task failed {checks} health checks")
                self.fail(task)

    def deregister(self, task):
        for balancer in self.balancers():
            self.targets().deregister(balancer["targetGroupArn"], task.address, balancer["containerPort"], self.now)
            self.say(f"deregistered 1 targets in (target-group {balancer['targetGroupArn']})")

    def stop(self, task, code="ServiceSchedulerInitiated", reason=None):
        if not task.live():
            return
        drains_for = 0
        if task.started is not None and self.balancers():
            self.say("has begun draining connections on 1 tasks.")
            self.deregister(task)
            drains_for = max(self.targets().drains_for(balancer["targetGroupArn"]) for balancer in self.balancers())
        self.say(f"has stopped 1 running tasks: (task {task.id}).")
        task.stop(self.now, code, reason or f"Scaling activity initiated by (deployment {task.deployment})", drains_for)

    def schedule(self):
        """One decision of the scheduler, within the minimum of healthy and the maximum of running tasks."""
        primary = self.primary()
        everybody = [task for task in self.tasks if task.live()]
        ours = self.live(primary)
        most = math.floor(self.desired * self.configuration["maximumPercent"] / 100)
        if len(ours) < self.desired and len(everybody) < most and primary.state != "FAILED":
            self.start(primary)
            return True
        if len(ours) > self.desired:
            # Those that are not healthy first, then the youngest.
            self.stop(max(ours, key=lambda task: (task.health(self.now) != "HEALTHY", task.created)))
            return True
        return self.retire(primary, everybody, most)

    def retire(self, primary, everybody, most):
        """Stops a task of an older deployment, if enough healthy ones stay."""
        if primary.state == "FAILED":
            return False
        least = math.ceil(self.desired * self.configuration["minimumHealthyPercent"] / 100)
        healthy = [task for task in everybody if task.health(self.now) == "HEALTHY"]
        old = [task for task in everybody if task.deployment != primary.id]
        too_many = len(everybody) > self.desired or (len(self.live(primary)) < self.desired and len(everybody) >= most)
        for task in sorted(old, key=lambda task: task in healthy):
            if too_many and (task not in healthy or len(healthy) - 1 >= least):
                self.stop(task)
                return True
        return False

    def start(self, deployment):
        image = self.account.image(deployment.definition)
        task = ecs_tasks.Task(self, deployment.definition, deployment.id, self.now, image)
        self.tasks.append(task)
        self.say(f"has started 1 tasks: (task {task.id}).")

    def tidy(self):
        """Older deployments go when nothing of them is left; then the primary one is complete."""
        self.tasks = [task for task in self.tasks if task.status != "STOPPED" or (self.now - task.stopped).total_seconds() < 3600]
        left = [deployment for deployment in self.deployments[1:] if any(task.status != "STOPPED" for task in self.of(deployment))]
        for deployment in left:
            deployment.desired = len(self.live(deployment))
        primary = self.primary()
        self.deployments = [primary, *left]
        if left or len(self.healthy(primary)) != self.desired or len(self.live(primary)) != self.desired:
            return
        if primary.state == "IN_PROGRESS":
            primary.state, primary.updated = "COMPLETED", self.now
            primary.reason = f"ECS deployment {primary.id} completed."
            self.say(f"(deployment {primary.id}) deployment completed.")
            self.records[-1].follow(self)
        if not self.steady:
            self.steady = True
            self.say("has reached a steady state.")
        if self.status == "DRAINING" and not any(task.status != "STOPPED" for task in self.tasks):
            self.status = "INACTIVE"
