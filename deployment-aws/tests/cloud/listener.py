"""Rules of load balancers as AWS has them: what it refuses, and readings that are older than the last change.

A test's words: `listener-lag {"seconds": 20}` makes rules be shown as they were that long ago; `listener-ignores {"changes": 1}` answers that many
changes without making them; `load-balancer` makes one with what tests need (see `listener_setup.py`).
"""

import collections
import copy
import datetime

import listener_rules
import listener_setup
from moto.elbv2 import models as elbv2


class Account:
    """What is played beyond moto for the rules of one account."""

    def __init__(self):
        self.lag = 0
        self.ignored = 0
        # What each listener's rules were, and since when, oldest first.
        self.history = {}


class Listeners:
    def __init__(self, world):
        self.world = world
        self.accounts = collections.defaultdict(Account)
        backend = elbv2.ELBv2Backend
        self.moto = {name: getattr(backend, name) for name in ("create_rule", "modify_rule", "modify_listener", "delete_rule", "describe_rules")}
        backend.create_rule = lambda backend, *words, **named: self.create(backend, *words, **named)
        backend.modify_rule = lambda backend, rule_arn, conditions, actions: self.modify(backend, rule_arn, conditions, actions)
        backend.modify_listener = lambda backend, *words: self.modify_listener(backend, *words)
        backend.delete_rule = lambda backend, arn: self.delete(backend, arn)
        backend.describe_rules = lambda backend, listener_arn, rule_arns: self.describe(backend, listener_arn, rule_arns)
        world.on_command("listener-lag", self.set_lag)
        world.on_command("listener-ignores", self.set_ignored)
        world.on_command("load-balancer", listener_setup.load_balancer)

    def set_lag(self, account, body):
        self.accounts[account].lag = body["seconds"]
        return {}

    def set_ignored(self, account, body):
        self.accounts[account].ignored = body["changes"]
        return {}

    def account(self, backend):
        return self.accounts[backend.account_id]

    def create(self, backend, listener_arn, conditions, priority, actions, tags=None):
        listener_rules.check(backend, listener_arn, actions)
        priority = int(priority)
        self.keep(backend, listener_arn)
        return self.moto["create_rule"](backend, listener_arn, conditions, priority, actions, tags)

    def modify(self, backend, rule_arn, conditions, actions):
        rule = self.moto["describe_rules"](backend, None, [rule_arn])[0]
        if rule.is_default:
            listener_rules.refuse_default()
        listener_rules.check(backend, rule.listener_arn, actions)
        self.keep(backend, rule.listener_arn)
        if self.takes_no_notice(backend):
            return rule
        return self.moto["modify_rule"](backend, rule_arn, conditions, actions)

    def modify_listener(self, backend, arn, port, protocol, ssl_policy, certificates, actions):
        listener_rules.check(backend, arn, actions or [])
        self.keep(backend, arn)
        if self.takes_no_notice(backend):
            return backend.describe_listeners(None, [arn])[0]
        return self.moto["modify_listener"](backend, arn, port, protocol, ssl_policy, certificates, actions)

    def delete(self, backend, arn):
        rule = self.moto["describe_rules"](backend, None, [arn])[0]
        self.keep(backend, rule.listener_arn)
        return self.moto["delete_rule"](backend, arn)

    def takes_no_notice(self, backend):
        """Whether this change is answered and not made."""
        account = self.account(backend)
        ignores = account.ignored > 0
        account.ignored -= ignores
        return ignores

    def keep(self, backend, listener_arn):
        """What the rules were before a change."""
        now = self.world.now(backend.account_id)
        rules = [copy.copy(rule) for rule in self.moto["describe_rules"](backend, listener_arn, None)]
        self.account(backend).history.setdefault(listener_arn, []).append((now, rules))

    def describe(self, backend, listener_arn, rule_arns):
        account = self.account(backend)
        shown_of = self.world.now(backend.account_id) - datetime.timedelta(seconds=account.lag)
        for until, rules in account.history.get(listener_arn, []):
            if account.lag and shown_of < until:
                return rules
        return self.moto["describe_rules"](backend, listener_arn, rule_arns)


def install(world):
    Listeners(world)
