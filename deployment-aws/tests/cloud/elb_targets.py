"""Targets of load balancers, which get healthy, unhealthy and drained by the account's time.

What else plays a service registers its targets by `Targets.of(account, region)`, and says how they behave by a `Health`; targets that come
by RegisterTargets are healthy after `HEALTHY_AFTER`. Nothing here waits: a target's state follows from when things happened to it.
"""

import datetime

from moto.elbv2 import models as elbv2
from moto.elbv2.exceptions import TargetGroupNotFoundError

# How long a target that answers takes to be healthy. AWS: the interval times the healthy threshold, 150 s by default.
HEALTHY_AFTER = 5
# The default of `deregistration_delay.timeout_seconds`.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
DRAINS_FOR = 300

# The states, and the reasons that AWS names with them.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
REASONS = {
    "initial": ("Elb.RegistrationInProgress", "Target registration is in progress"),
    "unhealthy": ("Target.FailedHealthChecks", "Health checks failed"),
    "unused": ("Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"),
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
    "healthy": (None, None),
}


class Health:
    """How a target behaves: seconds since its registration; `None` is never."""

    def __init__(self, healthy_after=HEALTHY_AFTER, fails_after=None):
        self.healthy_after = healthy_after
        self.fails_after = fails_after


class Target:
    def __init__(self, now, health):
        self.registered = now
        self.health = health
        self.drained = None

    def moment(self, after):
        return None if after is None else self.registered + datetime.timedelta(seconds=after)

    def moments(self):
        """When its state changes by itself."""
        moments = [self.moment(self.health.healthy_after), self.moment(self.health.fails_after), self.drained]
        return [moment for moment in moments if moment is not None]

    def state(self, now, in_use):
        fails, healthy = self.moment(self.health.fails_after), self.moment(self.health.healthy_after)
        if self.drained is not None:
            return "draining"
        if not in_use:
            return "unused"
        if fails is not None and now >= fails:
            return "unhealthy"
        return "healthy" if healthy is not None and now >= healthy else "initial"


class Targets:
    """The targets of an account in a region, by target group."""

    all = {}
    world = None

    @classmethod
    def of(cls, account, region):
        return cls.all.setdefault((account, region), cls(account, region))

    def __init__(self, account, region):
        self.backend = elbv2.elbv2_backends[account][region]
        self.groups = {}

    def group(self, arn, now):
        """The targets of a group at a time, without those that have drained by then."""
        if arn not in self.backend.target_groups:
            raise TargetGroupNotFoundError()
        group = self.groups.setdefault(arn, {})
        for key in [key for key, target in group.items() if target.drained is not None and target.drained <= now]:
            del group[key]
        return group

    def in_use(self, arn):
        """Whether a listener or a rule forwards to it, whatever the weight."""
        for listener in self.backend.load_balancer_listeners():
            for rule in listener.rules.values():
                if any(arn in forwards_to(action.data) for action in rule.actions):
                    return True
        return False

    def register(self, arn, address, port, now, health=None):
        group = self.group(arn, now)
        known = group.get((address, port))
        if known is None or known.drained is not None:
            group[(address, port)] = Target(now, health or Health())

    def deregister(self, arn, address, port, now):
        """It drains; when that is over it is gone."""
        target = self.group(arn, now).get((address, port))
        if target is not None and target.drained is None:
            target.drained = now + datetime.timedelta(seconds=self.drains_for(arn))

    def drains_for(self, arn):
        return int(self.backend.target_groups[arn].attributes.get("deregistration_delay.timeout_seconds", DRAINS_FOR))

    def state(self, arn, address, port, now):
        """`None` if it is not registered, or not any more."""
        target = self.group(arn, now).get((address, port))
        return target and target.state(now, self.in_use(arn))

    def moments(self, arn):
        return [moment for target in self.groups.get(arn, {}).values() for moment in target.moments()]


def forwards_to(action):
    """The target groups of an action."""
    forward = action.get("ForwardConfig") or {}
    named = [group["TargetGroupArn"] for group in forward.get("TargetGroups") or []]
    return named + [arn for arn in [action.get("TargetGroupArn")] if arn]


def load_balancer_listeners(backend):
    return [listener for balancer in backend.load_balancers.values() for listener in balancer.listeners.values()]


def targets_of(backend):
    """The targets that this backend stands for, and what time it is there."""
    return Targets.of(backend.account_id, backend.region_name), Targets.world.now(backend.account_id)


def port_of(backend, arn, target):
    return int(target.get("Port") or backend.target_groups[arn].port)


def register_targets(backend, target_group_arn, instances):
    targets, now = targets_of(backend)
    targets.group(target_group_arn, now)
    for target in instances:
        targets.register(target_group_arn, target["Id"], port_of(backend, target_group_arn, target), now)


def deregister_targets(backend, target_group_arn, instances):
    targets, now = targets_of(backend)
    targets.group(target_group_arn, now)
    for target in instances:
        targets.deregister(target_group_arn, target["Id"], port_of(backend, target_group_arn, target), now)


def describe_target_health(backend, target_group_arn, targets):
    known, now = targets_of(backend)
    group = known.group(target_group_arn, now)
    asked = [(target["Id"], port_of(backend, target_group_arn, target)) for target in targets or []] or list(group)
    states = [known.state(target_group_arn, address, port, now) for address, port in asked]
    return [described(address, port, state) for (address, port), state in zip(asked, states)]


def described(address, port, state):
    reason, description = REASONS[state] if state else ("Target.NotRegistered", "Target is not registered to the target group")
    return elbv2.FakeHealthStatus(address, port, str(port), state or "unused", reason, description)


def install(world):
    Targets.world = world
    backend = elbv2.ELBv2Backend
    backend.load_balancer_listeners = load_balancer_listeners
    backend.register_targets = register_targets
    backend.deregister_targets = deregister_targets
    backend.describe_target_health = describe_target_health
