"""The test cloud: moto's server with what it lacks, on a port of loopback: `cloud.py PORT`.

Each module beside this one adds to one service; see `world.py` for what they share. Requests are answered one at a time.
"""

import io
import json
import sys
import threading

import authorization
import cloudwatch
import discovery
import ec2_subnets
import ecs
import ecs_instances
import elb_targets
import listener
import quotas
import rds
import run_task
import transactions
import world
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple
from werkzeug.wrappers import Request, Response

# What is played beyond moto, a module per service.
SERVICES = [
    authorization,
    cloudwatch,
    discovery,
    ec2_subnets,
    ecs,
    ecs_instances,
    elb_targets,
    listener,
    quotas,
    rds,
    run_task,
    transactions,
]


class Cloud:
    def __init__(self):
        self.world = world.World()
        for service in SERVICES:
            service.install(self.world)
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.lock = threading.Lock()

    def __call__(self, environment, start_response):
        # The whole answer: its parts are made while it is sent.
        with self.lock:
            return [b"".join(self.answer(environment, start_response))]

    def answer(self, environment, start_response):
        account = environment.get("HTTP_X_MOTO_ACCOUNT_ID", world.DEFAULT_ACCOUNT)
        self.world.arrive(account, int(environment.get("HTTP_X_CLOUD_TIME", 0)))
        path = environment.get("PATH_INFO", "/")
        if path.startswith("/_cloud/"):
            status, told = self.world.command(account, path.removeprefix("/_cloud/"), Request(environment).get_data())
            return Response(json.dumps(told), status, content_type="application/json")(environment, start_response)
        refused = self.guarded(account, environment)
        if refused:
            status, headers, body = refused
            return Response(body, status, headers)(environment, start_response)
        for prefix, answer in self.world.routes:
            if path.startswith(prefix):
                request = Request(environment)
                status, headers, body = answer(account, path, request.headers, request.get_data())
                return Response(body, status, headers)(environment, start_response)
        return self.moto(environment, start_response)

    def guarded(self, account, environment):
        """What the account's guard answers instead, if it does. The request can be read again afterwards."""
        request = Request(environment)
        body = request.get_data()
        environment["wsgi.input"] = io.BytesIO(body)
        environment["wsgi.input_terminated"] = True
        return self.world.guard(account, environment, request.headers, body)


class Handler(WSGIRequestHandler):
    # Connections are kept, as AWS keeps them.
    protocol_version = "HTTP/1.1"
    # An answer is written in several pieces: without this each waits for the client's kernel to acknowledge the one before.
    disable_nagle_algorithm = True

    def log_request(self, code="-", size="-"):
        pass


if __name__ == "__main__":
    run_simple("127.0.0.1", int(sys.argv[1]), Cloud(), threaded=True, request_handler=Handler)
