"""The test cloud: moto's server with what it lacks, on a port of loopback: `cloud.py PORT`.

Moto answers several requests at once and takes a failed transaction back by putting a copy of the whole table in place, which loses what others
have written meanwhile. Here one request is answered at a time.
"""

import sys
import threading

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple


class OneAtATime:
    def __init__(self, application):
        self.application = application
        self.lock = threading.Lock()

    def __call__(self, environment, start_response):
        # The whole answer: its parts are made while it is sent.
        with self.lock:
            return [b"".join(self.application(environment, start_response))]


class Handler(WSGIRequestHandler):
    # Connections are kept, as AWS keeps them.
    protocol_version = "HTTP/1.1"

    def log_request(self, code="-", size="-"):
        pass


def main(port):
    cloud = OneAtATime(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", port, cloud, threaded=True, request_handler=Handler)


if __name__ == "__main__":
    main(int(sys.argv[1]))
