"""CloudWatch's alarms. Their states are set by `SetAlarmState`: nothing is evaluated here.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
"""

from cloudwatch_refusal import Refused, check

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
LISTS = {"MetricAlarm": "MetricAlarms", "CompositeAlarm": "CompositeAlarms", "LogAlarm": "LogAlarms"}
MOST = 100
USUAL = 50


class Alarms:
    def __init__(self):
        # By name: the kind, and what is told of it.
        self.named = {}

    def put(self, kind, now, told):
        name = told["AlarmName"]
        check(1 <= len(name) <= 255, "The value for parameter AlarmName must have a length from 1 to 255.")
        check(self.named.get(name, (kind,))[0] == kind, f"There is an alarm {name} of another type.")
        _, known = self.named.get(name, (kind, new(now)))
        self.named[name] = kind, {**known, **told}


def new(now):
    return {"StateValue": "INSUFFICIENT_DATA", "StateReason": "Unchecked: Initial alarm creation", "StateUpdatedTimestamp": now}


def put_metric_alarm(service, now, told):
    check("Metrics" in told or "MetricName" in told, "MetricName or Metrics is required.")
    service.alarms.put("MetricAlarm", now, told)
    return {}


def put_composite_alarm(service, now, told):
    check(told.get("AlarmRule"), "AlarmRule is required.")
    service.alarms.put("CompositeAlarm", now, told)
    return {}


def set_alarm_state(service, now, told):
    name, state = told["AlarmName"], told["StateValue"]
    check(state in STATES, f"The value {state} for parameter StateValue is not one of {STATES}.")
    if name not in service.alarms.named:
        raise Refused("ResourceNotFound", f"Alarm {name} does not exist.", 404)
    service.alarms.named[name][1].update(StateValue=state, StateReason=told["StateReason"], StateUpdatedTimestamp=now)
    return {}


def describe_alarms(service, _now, told):
    names, prefix = told.get("AlarmNames"), told.get("AlarmNamePrefix")
    check(names is None or prefix is None, "AlarmNames and AlarmNamePrefix cannot be given both.")
    check(len(names or []) <= MOST, f"The collection AlarmNames must not have a size greater than {MOST}.")
    most = told.get("MaxRecords", USUAL)
    check(1 <= most <= MOST, f"The value for parameter MaxRecords must be from 1 to {MOST}.")
    kinds = told.get("AlarmTypes", ["MetricAlarm"])
    matching = [
        name
        for name, (kind, alarm) in sorted(service.alarms.named.items())
        if kind in kinds
        and (names is None or name in names)
        and name.startswith(prefix or "")
        and told.get("StateValue", alarm["StateValue"]) == alarm["StateValue"]
        and name > told.get("NextToken", "")
    ]
    answer = {LISTS[kind]: [] for kind in kinds}
    for name in matching[:most]:
        kind, alarm = service.alarms.named[name]
        answer[LISTS[kind]].append(alarm)
    return {**answer, **({"NextToken": matching[most - 1]} if len(matching) > most else {})}


def evaluation(service, _now, told):
    """A test's word: the alarm is evaluated badly, as `EvaluationState` tells."""
    service.alarms.named[told["name"]][1]["EvaluationState"] = told["state"]


OPERATIONS = {
    "PutMetricAlarm": put_metric_alarm,
    "PutCompositeAlarm": put_composite_alarm,
    "SetAlarmState": set_alarm_state,
    "DescribeAlarms": describe_alarms,
}
COMMANDS = {"alarm-evaluation": evaluation}
