"""Service Quotas: those of Fargate, as a test says, and their usage in CloudWatch. Moto has none of them.

Words of a test: `quota` says of the quota `code` its `value`, whether it was ever `applied` to the account, whether it has a `metric`, and
how much is `used`, which CloudWatch tells `ago` seconds before now; `null`: it tells nothing.
https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetAWSDefaultServiceQuota.html
"""

import datetime
import json

from moto.core.exceptions import JsonRESTError
from moto.servicequotas.responses import ServiceQuotasResponse as Responses

import cloudwatch_metrics
from cloudwatch_statistics import Samples

REGION = "eu-central-1"
# Names and codes: https://docs.aws.amazon.com/general/latest/gr/ecs-service.html
# Dimensions: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/monitoring-fargate-usage.html
FARGATE = {
    "L-3032A538": ("Fargate On-Demand vCPU resource count", "Standard/OnDemand"),
    "L-36FBB829": ("Fargate Spot vCPU resource count", "Standard/Spot"),
}
# What an account has before it is raised.
DEFAULT = 6.0
get = Responses.get_service_quota
said = {}


def metric(code):
    """https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_MetricInfo.html"""
    dimensions = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": FARGATE[code][1]}
    return {
        "MetricNamespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "MetricDimensions": dimensions,
        "MetricStatisticRecommendation": "Maximum",
    }


def told(account, code, value):
    view = {"ServiceCode": "fargate", "ServiceName": "AWS Fargate", "QuotaCode": code, "QuotaName": FARGATE[code][0], "Value": value}
    view |= {"Unit": "None", "Adjustable": True, "GlobalQuota": False}
    body = said.get((account, code), {})
    if body.get("metric", True):
        view["UsageMetric"] = metric(code)
    if value is None:
        reason = {"ErrorCode": "DEPENDENCY_SERVICE_ERROR", "ErrorMessage": "Fargate does not answer."}
        view = {key: value for key, value in view.items() if key != "Value"} | {"ErrorReason": reason}
    return json.dumps({"Quota": view})


def missing():
    return JsonRESTError("NoSuchResourceException", "The request failed because the specified resource does not exist.")


def get_service_quota(response):
    asked = json.loads(response.body)
    code = asked["QuotaCode"]
    if asked["ServiceCode"] != "fargate":
        return get(response)
    body = said.get((response.current_account, code), {})
    if code not in FARGATE or not body.get("applied", True):
        raise missing()
    return told(response.current_account, code, body.get("value", DEFAULT))


def get_aws_default_service_quota(response):
    asked = json.loads(response.body)
    if asked["ServiceCode"] != "fargate" or asked["QuotaCode"] not in FARGATE:
        raise missing()
    return told(response.current_account, asked["QuotaCode"], DEFAULT)


def install(world):
    def quota(account, body):
        code = body["code"]
        said[account, code] = body
        usage = metric(code)
        dimensions = [{"Name": name, "Value": value} for name, value in usage["MetricDimensions"].items()]
        key = cloudwatch_metrics.key_of({"Namespace": "AWS/Usage", "MetricName": usage["MetricName"], "Dimensions": dimensions})
        if body.get("used") is not None:
            at = world.now(account) - datetime.timedelta(seconds=body.get("ago", 120))
            world.cloudwatch.service(account, REGION).metrics.put(key, at, at, Samples({float(body["used"]): 1}))
        return {}

    Responses.get_service_quota = get_service_quota
    Responses.get_aws_default_service_quota = get_aws_default_service_quota
    world.on_command("quota", quota)
