"""Statistics over samples. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"""

import re

from cloudwatch_refusal import check

NAMED = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")


def known(statistic):
    return statistic in NAMED or percent(statistic) is not None


def percent(statistic):
    match = re.fullmatch(r"p(\d{1,3}(?:\.\d{1,10})?)", statistic)
    return float(match.group(1)) if match and float(match.group(1)) <= 100 else None


class Samples:
    """Values and how often each was measured; or sums alone, of which nothing else is known."""

    def __init__(self, counts=None, sums=()):
        self.counts = dict(counts or {})
        self.sums = list(sums)

    @classmethod
    def of(cls, datum):
        """Those of a `MetricDatum`: a value, values with counts, or a statistic set."""
        if "StatisticValues" in datum:
            told = datum["StatisticValues"]
            if told["SampleCount"] == 1 or told["Minimum"] == told["Maximum"]:
                return cls({told["Minimum"]: told["SampleCount"]})
            return cls(sums=[told])
        if "Value" in datum:
            return cls({datum["Value"]: 1.0})
        values = datum["Values"]
        counts = datum.get("Counts", [1.0] * len(values))
        check(len(values) <= 150 and len(values) == len(counts), "Values and Counts must be of the same size, at most 150.")
        return cls(zip(values, counts))

    def add(self, other):
        for value, count in other.counts.items():
            self.counts[value] = self.counts.get(value, 0) + count
        self.sums += other.sums

    def statistic(self, name):
        """`None` if it cannot be told: percentiles need the values, and none below zero."""
        if name not in NAMED:
            return self.quantile(percent(name) / 100)
        count = sum(self.counts.values()) + sum(each["SampleCount"] for each in self.sums)
        total = sum(value * count for value, count in self.counts.items()) + sum(each["Sum"] for each in self.sums)
        if name == "SampleCount":
            return count
        if name == "Sum":
            return total
        if name == "Average":
            return total / count if count else None
        end, pick = ("Minimum", min) if name == "Minimum" else ("Maximum", max)
        return pick([*self.counts, *(each[end] for each in self.sums)], default=None)

    def quantile(self, part):
        """Between the two neighbours of that place. How AWS does it is not documented."""
        if self.sums or not self.counts or min(self.counts) < 0:
            return None
        place = part * (sum(self.counts.values()) - 1)
        low, high = self.nth(int(place)), self.nth(int(place) + 1)
        return low + (high - low) * (place - int(place))

    def nth(self, index):
        passed = 0
        for value in sorted(self.counts):
            passed += self.counts[value]
            if index < passed:
                return value
        return max(self.counts)
