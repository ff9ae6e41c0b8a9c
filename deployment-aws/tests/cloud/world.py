"""What the emulated services of the test cloud share: accounts, and a time that each of them has for itself.

A request says by headers whose it is (`x-moto-account-id`) and what time it is there (`x-cloud-time`, milliseconds since the account's first
request; without it time stands still). Nothing happens by itself: what should have happened by then happens before the request is answered.
`clock/follow` lets an account's time go on by itself, `pace` times as fast as the machine's.
"""

import datetime
import json
import time

DEFAULT_ACCOUNT = "123456789012"
# A time that certificates, signatures and moto's own defaults have nothing against, and that no test can mistake for today.
BEGINNING = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


class World:
    def __init__(self):
        self.times = {}
        self.followed = {}
        self.hooks = []
        self.commands = {"clock/follow": self.follow, "clock/now": lambda account, _: {"millis": self.times[account]}}
        self.routes = []
        # `guard(account, environment, headers, body)` may answer a request before its service does.
        self.guard = lambda *_: None

    def now(self, account):
        return BEGINNING + datetime.timedelta(milliseconds=self.times.get(account, 0))

    def on_time(self, hook):
        """`hook(account, now)` is called before each request of that account, and brings what it plays up to that time."""
        self.hooks.append(hook)

    def on_command(self, name, command):
        """A test's own word to the cloud: `POST /_cloud/NAME` is answered by `command(account, body)`, JSON in and out."""
        self.commands[name] = command

    def on_path(self, prefix, answer):
        """Requests below this path go to `answer(account, path, headers, body)`, which returns status, headers and bytes."""
        self.routes.append((prefix, answer))

    def arrive(self, account, millis):
        began, since, pace = self.followed.get(account, (0, 0, 0))
        elapsed = (time.monotonic() - since) * 1000 * pace
        self.times[account] = max(self.times.get(account, 0), millis or 0, int(began + elapsed))
        for hook in self.hooks:
            hook(account, self.now(account))

    def follow(self, account, body):
        self.followed[account] = (self.times.get(account, 0), time.monotonic(), body["pace"])

    def command(self, account, name, body):
        if name not in self.commands:
            return 404, {"error": f"there is no command {name}; there are: {', '.join(sorted(self.commands))}"}
        return 200, self.commands[name](account, json.loads(body or b"{}"))
