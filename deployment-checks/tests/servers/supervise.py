"""Runs one server for a test, and ends it with everything that it has started when its standard input ends: `supervise.py SPECIFICATION`.

The specification is JSON: `command`, `environment`, `folder` (where it works; removed at the end), `log` (a file), `quit` (the name of the signal
that ends it, where SIGKILL would leave something behind). Each line of input is an order (`start`, `kill`, `pause`, `resume`, `reap`) and is
answered by a line with
the server's state. The test may die in any way: the kernel then closes the pipe.
"""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def parents():
    """Each process and its parent."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    state, parent = file.read().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state != "Z":
                found[int(name)] = int(parent)
    return found


def descendants():
    """All that came from here, children first: who loses its parent becomes a child of this process, so none gets away."""
    known = parents()
    found = [os.getpid()]
    for process in found:
        found += [child for child, parent in known.items() if parent == process]
    return found[1:]


def tell(processes, number):
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            pass


class Server:
    def __init__(self, specification):
        self.specification = specification
        self.quit = specification.get("quit")
        self.main = None
        self.status = "never started"

    def start(self):
        self.kill()
        with open(self.specification["log"], "ab") as log:
            self.main = subprocess.Popen(
                self.specification["command"],
                cwd=self.specification["folder"],
                env={**os.environ, **self.specification["environment"]},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            ).pid
        self.status = "running"

    def reap(self):
        """Takes in who has ended."""
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if process == 0:
                return
            if process == self.main:
                self.main, self.status = None, f"ended ({os.waitstatus_to_exitcode(status)})"

    def pause(self):
        stopped = set()
        # Until none is new: one may be born while the others are told.
        while found := set(descendants()) - stopped:
            tell(found, signal.SIGSTOP)
            stopped |= found

    def resume(self):
        tell(descendants(), signal.SIGCONT)

    def kill(self):
        if self.quit and self.main:
            self.resume()
            tell([self.main], getattr(signal, self.quit))
            self.wait(50)
        for _ in range(500):
            tell(descendants(), signal.SIGKILL)
            if self.wait(2):
                break
        if self.status == "running":
            self.status = "killed"

    def wait(self, tenths):
        """Whether all have ended."""
        for _ in range(tenths * 10):
            alive = descendants()
            self.reap()
            # One that has ended looks dead while threads of it still hold its sockets; it can be reaped only afterwards.
            if not alive and self.main is None:
                return True
            time.sleep(0.01)
        return False


def main():
    specification = json.loads(sys.argv[1])
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    server = Server(specification)
    orders = {order.__name__: order for order in (server.start, server.kill, server.pause, server.resume, server.reap)}
    try:
        for line in sys.stdin:
            orders[line.strip()]()
            print(server.status, flush=True)
    finally:
        server.kill()
        shutil.rmtree(specification["folder"], ignore_errors=True)


if __name__ == "__main__":
    main()
