"""What AWS refuses of a rule's actions, and moto does not."""

from moto.elbv2.exceptions import ELBClientError

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html
HIGHEST_WEIGHT = 999
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
MOST_GROUPS = 5
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupStickinessConfig.html
LONGEST_STICKY = 604800


def check(backend, listener_arn, actions):
    for action in actions:
        if action.get("Type") == "forward":
            forward(backend, listener_arn, action.get("ForwardConfig") or {})
        elif action.get("Type") == "authenticate-oidc":
            keep_secret(action["AuthenticateOidcConfig"])


def keep_secret(config):
    """A secret is given once and never shown.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AuthenticateOidcActionConfig.html
    """
    kept = str(config.pop("UseExistingClientSecret", False)).lower() == "true"
    if config.pop("ClientSecret", None) is None and not kept:
        raise ELBClientError("ValidationError", "You must specify a client secret, or that the existing one is used")


def forward(backend, listener_arn, config):
    groups = config.get("TargetGroups") or []
    if "/net/" in listener_arn and len(groups) > 1:
        raise ELBClientError("InvalidConfigurationRequest", "Network Load Balancers take one target group in an action")
    if len(groups) > MOST_GROUPS:
        raise ELBClientError("TooManyUniqueTargetGroupsPerLoadBalancer", f"An action can have at most {MOST_GROUPS} target groups")
    for group in groups:
        weight = int(group.get("Weight", 1))
        if not 0 <= weight <= HIGHEST_WEIGHT:
            raise ELBClientError("ValidationError", f"The weight '{weight}' must be between 0 and {HIGHEST_WEIGHT} inclusive")
    sticky = config.get("TargetGroupStickinessConfig") or {}
    enabled = str(sticky.get("Enabled", False)).lower() == "true"
    if enabled and not 1 <= int(sticky.get("DurationSeconds") or 0) <= LONGEST_STICKY:
        raise ELBClientError("ValidationError", f"The group stickiness duration must be between 1 and {LONGEST_STICKY} seconds")
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#sticky-sessions
    held = [group for group in groups if is_sticky(backend, group["TargetGroupArn"])]
    if len(groups) > 1 and held and not enabled:
        raise ELBClientError(
            "InvalidConfigurationRequest",
            "You must enable group stickiness on a rule if you enabled target stickiness on one of its target groups",
        )


def is_sticky(backend, arn):
    group = backend.target_groups.get(arn)
    return group is not None and str(group.attributes.get("stickiness.enabled")).lower() == "true"


def refuse_default():
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html
    raise ELBClientError("OperationNotPermitted", "Default rule actions are modified by ModifyListener")
