"""Subnets of EC2 that have as many free addresses as a test says, beside those that moto has.

Words of a test: `ec2/subnets` makes the subnets of `free` and sets how many of their addresses are free (`null`: a subnet without IPv4),
`page` how many an answer has at most, `refuses` by which code everything is refused.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html
"""

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.subnets import Subnet
from moto.ec2.responses.subnets import Subnets

REGION = "eu-central-1"
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
MOST_VALUES = 200
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination
PAGE = 1000
describe = Subnets.describe_subnets
pages = {}
refused = {}


class PlayedSubnet(Subnet):
    # Moto tells by this what a model is of.
    __module__ = Subnet.__module__

    @property
    def available_ip_address_count(self):
        return self.free


def subnets(account, body):
    backend = ec2_backends[account][REGION]
    for name, free in body.get("free", {}).items():
        known = next((each[name] for each in backend.subnets.values() if name in each), None)
        subnet = known or make(backend, name)
        subnet.free, subnet.ipv6_native = free or 0, free is None
    pages[account], refused[account] = body.get("page", PAGE), body.get("refuses")
    return {}


def make(backend, name):
    """It has nothing but what is asked for: no two of a test's subnets share addresses."""
    zone = backend.describe_availability_zones()[0]
    made = PlayedSubnet(backend, name, backend.get_default_vpc().id, "10.0.0.0/24", None, zone, False, False)
    backend.subnets[zone.name][name] = made
    return made


def describe_subnets(response):
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    if refused.get(response.current_account):
        raise EC2ClientError(refused[response.current_account], "So a test wants it.")
    for values in response._filters_from_querystring().values():
        if len(values) > MOST_VALUES:
            raise EC2ClientError("FilterLimitExceeded", f"The maximum number of filter values specified on a single call is {MOST_VALUES}")
    answer = describe(response).result
    begin, size = int(response._get_param("NextToken") or 0), pages.get(response.current_account, PAGE)
    page = {"Subnets": answer["Subnets"][begin : begin + size]}
    if begin + size < len(answer["Subnets"]):
        page["NextToken"] = str(begin + size)
    return ActionResult(page)


def install(world):
    Subnets.describe_subnets = describe_subnets
    world.on_command("ec2/subnets", subnets)
