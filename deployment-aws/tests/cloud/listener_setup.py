"""A load balancer with what tests need: `load-balancer {"groups": ["blue", "green"], "weights": [100, 0]}`."""

from moto.ec2 import ec2_backends
from moto.elbv2 import elbv2_backends

REGION = "eu-central-1"


def load_balancer(account, body):
    """Its rule for production has priority 100 and forwards to the groups; the listener's default, and one more listener, answer by themselves."""
    elb, ec2 = elbv2_backends[account][REGION], ec2_backends[account][REGION]
    subnets = list(ec2.describe_subnets())[:2]
    made = elb.create_load_balancer(body.get("name", "web"), [], [subnet.id for subnet in subnets], loadbalancer_type="application")
    groups = {name: target_group(elb, name, subnets[0].vpc_id, body).arn for name in body["groups"]}
    named = list(groups)[: len(body["weights"])]
    forward = forwarding({groups[name]: weight for name, weight in zip(named, body["weights"])})
    listener = elb.create_listener(made.arn, "HTTP", "80", None, None, [forward if body.get("by_default") else answering("404")])
    tests = elb.create_listener(made.arn, "HTTP", "8080", None, None, [answering("503")])
    paths = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}
    rule = elb.create_rule(listener.arn, [paths], 100, [forward if not body.get("by_default") else answering("404")])
    # AWS shows it in both ways, and refuses to be given both.
    rule.conditions = [{**paths, "Values": ["/*"]}]
    return {"balancer": made.arn, "listener": listener.arn, "rule": rule.arn, "tests": tests.arn, "groups": groups}


def target_group(elb, name, vpc, body):
    named = {"vpc_id": vpc, "protocol": "HTTP", "port": "8080", "target_type": "ip", "healthcheck_path": "/health"}
    group = elb.create_target_group(name, **named)
    group.attributes["deregistration_delay.timeout_seconds"] = body.get("drains_for", 30)
    return group


def forwarding(weights):
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups, "TargetGroupStickinessConfig": {"Enabled": False}}}


def answering(status):
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status, "ContentType": "text/plain"}}
