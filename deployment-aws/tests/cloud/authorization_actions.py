"""Which action each request is, and on which resource: https://docs.aws.amazon.com/service-authorization/latest/reference/

A request that is not here is refused with an error of the test cloud, not let through: whoever adds one says what it needs.
"""

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.ecs.models import ecs_backends

# Actions that are of no one resource.
ON_ALL = {
    "application-autoscaling:DescribeScalableTargets",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "ec2:DescribeSubnets",
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitions",
    "ecs:ListTasks",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "rds:DescribeAccountAttributes",
    "servicequotas:GetAWSDefaultServiceQuota",
    "servicequotas:GetServiceQuota",
}
TABLE = {"DescribeContinuousBackups", "GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "DescribeTable", "CreateTable", "UpdateContinuousBackups"}
WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def asked(account, region, service, call, given):
    """Pairs of action and resource, all of which must be allowed."""
    action = f"{service}:{call}"
    if action in ON_ALL:
        return [(action, "*")]
    find = {"ecs": ecs, "elasticloadbalancing": balancing, "rds": rds, "dynamodb": dynamodb}.get(service, others)
    return find(lambda of, resource: f"arn:aws:{of}:{region}:{account}:{resource}", account, region, action, call, given)


def short(name):
    return name.rsplit("/", 1)[-1]


def ecs(arn, account, region, action, call, given):
    cluster = short(given.get("cluster") or "default")
    if call in ("UpdateService", "ListServiceDeployments"):
        return [(action, arn("ecs", f"service/{cluster}/{short(given['service'])}"))]
    if call == "DescribeServices":
        return [(action, arn("ecs", f"service/{cluster}/{short(service)}")) for service in given["services"]]
    if call == "DescribeClusters":
        return [(action, arn("ecs", f"cluster/{short(name)}")) for name in given["clusters"]]
    if call in ("DescribeTasks", "StopTask"):
        return [(action, arn("ecs", f"task/{cluster}/{short(task)}")) for task in given.get("tasks", [given.get("task")])]
    if call in ("DescribeServiceDeployments", "StopServiceDeployment", "DescribeServiceRevisions"):
        named = [each for key, value in given.items() if "Arn" in key for each in (value if isinstance(value, list) else [value])]
        # `kind/cluster/service/id`: each is asked of its service, too.
        services = [arn("ecs", "service/" + "/".join(each.split("/")[1:3])) for each in named]
        return [(action, each) for each in named + services]
    if call == "TagResource":
        return [(action, given["resourceArn"])]
    if call == "RegisterTaskDefinition":
        family = arn("ecs", f"task-definition/{given['family']}:*")
        tags = [("ecs:TagResource", family)] if given.get("tags") else []
        return [(action, family), *tags, *passed(arn, given.get("taskRoleArn"), given.get("executionRoleArn"))]
    if call == "RunTask":
        definition = ecs_backends[account][region].describe_task_definition(given["taskDefinition"])
        tags = [("ecs:TagResource", arn("ecs", f"task/{cluster}/*"))] if given.get("tags") else []
        return [(action, definition.arn), *tags, *passed(arn, *(getattr(definition, name, None) for name in ("task_role_arn", "execution_role_arn")))]
    raise ValueError(f"the test cloud does not know of which resource {action} is")


def passed(arn, *roles):
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-roles.html"""
    account = arn("", "").split(":")[4]
    whole = [role if role.startswith("arn:") else f"arn:aws:iam::{account}:role/{role}" for role in roles if role]
    return [("iam:PassRole", role) for role in whole]


def balancing(arn, account, region, action, call, given):
    if call in ("ModifyRule", "DeleteRule"):
        return [(action, given["RuleArn"])]
    if call in ("CreateRule", "ModifyListener"):
        return [(action, given["ListenerArn"])]
    raise ValueError(f"the test cloud does not know of which resource {action} is")


# What an identifier in a request of RDS names.
NAMED = {
    "DBSnapshotIdentifier": "snapshot",
    "TargetDBSnapshotIdentifier": "snapshot",
    "DBClusterSnapshotIdentifier": "cluster-snapshot",
    "TargetDBClusterSnapshotIdentifier": "cluster-snapshot",
    "SnapshotIdentifier": "cluster-snapshot",
    "DBInstanceIdentifier": "db",
    "DBClusterIdentifier": "cluster",
    "DBSubnetGroupName": "subgrp",
    "DBParameterGroupName": "pg",
    "DBClusterParameterGroupName": "cluster-pg",
    "OptionGroupName": "og",
}
# What is made with tags in the same request: its tags are a permission of their own.
MADE = {
    "CreateDBSnapshot": "DBSnapshotIdentifier",
    "CreateDBClusterSnapshot": "DBClusterSnapshotIdentifier",
    "CopyDBSnapshot": "TargetDBSnapshotIdentifier",
    "CopyDBClusterSnapshot": "TargetDBClusterSnapshotIdentifier",
    "RestoreDBInstanceFromDBSnapshot": "DBInstanceIdentifier",
    "RestoreDBClusterFromSnapshot": "DBClusterIdentifier",
    "CreateDBInstance": "DBInstanceIdentifier",
}


def rds(arn, account, region, action, call, given):
    resources = [arn("rds", f"{kind}:{given[key]}") for key, kind in NAMED.items() if given.get(key)]
    resources += [given[key] for key in SOURCES if given.get(key, "").startswith("arn:")]
    resources = resources or [arn("rds", f"{kind}:*") for kind in KINDS_OF.get(call, ())]
    asked = [(action, resource) for resource in resources]
    if call in MADE and any(key.startswith("Tags.") for key in given):
        asked.append(("rds:AddTagsToResource", arn("rds", f"{NAMED[MADE[call]]}:{given[MADE[call]]}")))
    return asked


SOURCES = ("ResourceName", "SourceDBSnapshotIdentifier", "SourceDBClusterSnapshotIdentifier")
# What a list without a name is of.
KINDS_OF = {
    "DescribeDBInstances": ("db",),
    "DescribeDBClusters": ("cluster",),
    "DescribeDBSnapshots": ("snapshot",),
    "DescribeDBClusterSnapshots": ("cluster-snapshot",),
}


def dynamodb(arn, account, region, action, call, given):
    if call == "TransactWriteItems":
        writes = [(WRITES[kind], item["TableName"]) for each in given["TransactItems"] for kind, item in each.items()]
        return sorted({(f"dynamodb:{write}", arn("dynamodb", f"table/{table}")) for write, table in writes})
    if call in TABLE:
        return [(action, arn("dynamodb", f"table/{given['TableName']}"))]
    raise ValueError(f"the test cloud does not know of which resource {action} is")


def others(arn, account, region, action, call, given):
    if action == "application-autoscaling:RegisterScalableTarget":
        targets = applicationautoscaling_backends[account][region].targets[given["ScalableDimension"]]
        return [(action, targets[given["ResourceId"]].arn)]
    if action == "logs:GetLogEvents":
        return [(action, arn("logs", f"log-group:{given['logGroupName']}:log-stream:{given['logStreamName']}"))]
    if action.startswith("servicediscovery:"):
        name = given.get("ServiceId") or given["Id"]
        return [(action, name if name.startswith("arn:") else arn("servicediscovery", f"service/{name}"))]
    if action == "iam:SimulatePrincipalPolicy":
        return [(action, given["PolicySourceArn"])]
    if action == "iam:GetRole":
        return [(action, f"arn:aws:iam::{account}:role/ci/{given['RoleName']}")]
    raise ValueError(f"the test cloud does not know of which resource {action} is")
