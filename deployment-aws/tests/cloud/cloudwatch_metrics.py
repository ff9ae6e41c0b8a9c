"""CloudWatch's metrics: what is put appears, at once or late, and is told in statistics per period.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import collections
import dataclasses
import datetime
import re

from cloudwatch_refusal import Refused, check
from cloudwatch_statistics import Samples, known
from world import BEGINNING

# The quota of one answer, and the most that may be asked for at once.
MOST_POINTS = 100_800
MOST_QUERIES = 500
SHORT_PERIODS = (1, 5, 10, 20, 30)
# How old data may be for a period that its finest is a divisor of.
FINEST = ((datetime.timedelta(hours=3), 1), (datetime.timedelta(days=15), 60), (datetime.timedelta(days=63), 300))


@dataclasses.dataclass
class Put:
    """What was put for one moment. It can be read from `appears` on."""

    at: datetime.datetime
    appears: datetime.datetime
    samples: Samples


class Metrics:
    def __init__(self):
        self.puts = collections.defaultdict(list)
        # What the next answers say of a metric instead: name, status.
        self.troubles = []
        # The most points of one answer.
        self.most = MOST_POINTS

    def put(self, key, at, appears, samples, resolution=60):
        second = int(at.timestamp()) // resolution * resolution
        self.puts[key].append(Put(datetime.datetime.fromtimestamp(second, datetime.timezone.utc), appears, samples))

    def points(self, query, start, end, now):
        """What can be read now, by the beginnings of periods."""
        stat = query["MetricStat"]
        period = datetime.timedelta(seconds=stat["Period"])
        if stat["Period"] % finest(now - start):
            return []
        groups = collections.defaultdict(Samples)
        for put in self.puts[key_of(stat["Metric"])]:
            if start <= put.at < end and put.appears <= now:
                groups[start + (put.at - start) // period * period].add(put.samples)
        told = ((at, samples.statistic(stat["Stat"])) for at, samples in groups.items())
        return sorted((at, float(value)) for at, value in told if value is not None)


def finest(age):
    return next((period for limit, period in FINEST if age <= limit), 3600)


def key_of(metric):
    dimensions = frozenset((each["Name"], each["Value"]) for each in metric.get("Dimensions", []))
    return metric["Namespace"], metric["MetricName"], dimensions


def put_metric_data(service, now, told):
    namespace, data = told.get("Namespace", ""), told.get("MetricData", [])
    check(namespace and not namespace.startswith("AWS/"), "The value AWS/ for parameter Namespace is invalid.")
    check(len(data) <= 1000, "The collection MetricData must not have a size greater than 1000.")
    for each in data:
        at = each.get("Timestamp", now)
        check(now - datetime.timedelta(days=14) <= at <= now + datetime.timedelta(hours=2), f"The timestamp {at} is too old or too new.")
        check(len(each.get("Dimensions", [])) <= 30, "The collection Dimensions must not have a size greater than 30.")
        key = key_of({"Namespace": namespace, **each})
        service.metrics.put(key, at, now, Samples.of(each), each.get("StorageResolution", 60))
    return {}


def get_metric_data(service, now, told):
    queries = told.get("MetricDataQueries", [])
    start, end = told["StartTime"], told["EndTime"]
    check(1 <= len(queries) <= MOST_QUERIES, f"The collection MetricDataQueries must have a size from 1 to {MOST_QUERIES}.")
    check(start < end, "The parameter StartTime must be less than the parameter EndTime.")
    check(len({query["Id"] for query in queries}) == len(queries), "The values for parameter id in MetricDataQueries are not unique.")
    for query in queries:
        check_query(query)
    asked = [query for query in queries if query.get("ReturnData", True)]
    check(asked, "At least one query must return data.")
    results = [(query, service.metrics.points(query, whole(start, query), end, now)) for query in asked]
    if told.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        results = [(query, points[::-1]) for query, points in results]
    most = min(told.get("MaxDatapoints", MOST_POINTS), service.metrics.most)
    return page(service, results, most, offset(told.get("NextToken"), results))


def check_query(query):
    check(re.fullmatch(r"[a-z][a-zA-Z0-9_]*", query["Id"]), f"The value {query['Id']} for parameter Id does not have the expected form.")
    check("MetricStat" in query, "Metric math and Metrics Insights are not played here.")
    period = query["MetricStat"]["Period"]
    check(period in SHORT_PERIODS or (period > 0 and period % 60 == 0), f"Period {period} must be 1, 5, 10, 20, 30 or a multiple of 60.")
    check(known(query["MetricStat"]["Stat"]), f"The value {query['MetricStat']['Stat']} for parameter Stat is not supported.")


def whole(start, query):
    """CloudWatch rounds the beginning down: to the period if that is short, otherwise to the minute."""
    unit = query["MetricStat"]["Period"] if query["MetricStat"]["Period"] < 60 else 60
    return datetime.datetime.fromtimestamp(int(start.timestamp()) // unit * unit, datetime.timezone.utc)


def offset(token, results):
    """Where a page begins. A token counts for the request that it was given to."""
    if token is None:
        return 0
    before, asked = token.rsplit("-", 1)
    if asked != str(len(results)):
        raise Refused("InvalidNextToken", "The value for parameter NextToken is invalid.")
    return int(before)


def page(service, results, most, begin):
    """Points `begin` to `begin + most` of all results together; a result is complete with its last point."""
    answers, passed = [], 0
    for query, points in results:
        part = points[max(begin - passed, 0) : max(begin + most - passed, 0)]
        passed += len(points)
        status = "Complete" if passed <= begin + most else "PartialData"
        status, part = trouble(service, query, status, part)
        times, values = [at for at, _ in part], [value for _, value in part]
        label = query.get("Label", query["MetricStat"]["Metric"]["MetricName"])
        answers.append({"Id": query["Id"], "Label": label, "Timestamps": times, "Values": values, "StatusCode": status})
    more = {"NextToken": f"{begin + most}-{len(results)}"} if passed > begin + most else {}
    return {"MetricDataResults": answers, "Messages": [], **more}


def trouble(service, query, status, part):
    for index, (name, instead) in enumerate(service.metrics.troubles):
        if name == query["MetricStat"]["Metric"]["MetricName"]:
            del service.metrics.troubles[index]
            return instead, part[:1]
    return status, part


def moment(seconds):
    return BEGINNING + datetime.timedelta(seconds=seconds)


def appear(service, now, told):
    """A test's word: data of any namespace, at seconds of the account's time, which appears then or later."""
    for each in told["data"]:
        key = each["namespace"], each["name"], frozenset(each["dimensions"].items())
        appears = moment(each["appears"]) if "appears" in each else now
        samples = Samples({float(value): count for value, count in each["values"]})
        service.metrics.put(key, moment(each["at"]), appears, samples)


def fail_next(service, _now, told):
    """A test's word: the next answer about a metric of this name has this status, and not all of its points."""
    service.metrics.troubles += [(told["name"], told["status"])] * told.get("times", 1)


def pages(service, _now, told):
    """A test's word: an answer has at most so many points."""
    service.metrics.most = told["points"]


OPERATIONS = {"PutMetricData": put_metric_data, "GetMetricData": get_metric_data}
COMMANDS = {"metrics": appear, "metric-trouble": fail_next, "metric-pages": pages}
