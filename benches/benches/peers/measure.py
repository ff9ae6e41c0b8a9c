"""Runs a deployment by a command-line tool and says what it took, as JSON: `measure.py TOOL BIN CLUSTER SERVICE CONTAINER IMAGE`.

BIN is the folder of the tools' virtual environment. Memory is the largest resident set of any process that was started.
"""

import json
import os
import resource
import subprocess
import sys
import time


def run(*command, text=None):
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def ecs_deploy(bin, cluster, service, container, image):
    """One command. It waits until the service is stable and goes back if told so; it is told."""
    command = os.path.join(bin, "ecs")
    return run(command, "deploy", cluster, service, "--image", container, image, "--rollback", "--timeout", "300", "--sleep-time", "1")


def awscli(bin, cluster, service, container, image):
    """What pipelines do: the running task definition with another image, then the waiter."""

    def aws(*words, text=None):
        return run(os.path.join(bin, "aws"), "ecs", *words, text=text)

    asked = ("describe-services", "--cluster", cluster, "--services", service, "--query", "services[0].taskDefinition", "--output", "text")
    code, definition = aws(*asked)
    if code:
        return code, definition
    code, told = aws("describe-task-definition", "--task-definition", definition.strip(), "--query", "taskDefinition")
    if code:
        return code, told
    fields = ("family", "containerDefinitions", "networkMode", "requiresCompatibilities", "cpu", "memory")
    new = {field: value for field, value in json.loads(told).items() if field in fields}
    for each in new["containerDefinitions"]:
        each["image"] = image if each["name"] == container else each["image"]
    registered = ("--cli-input-json", json.dumps(new), "--query", "taskDefinition.taskDefinitionArn", "--output", "text")
    code, definition = aws("register-task-definition", *registered)
    if code:
        return code, definition
    code, told = aws("update-service", "--cluster", cluster, "--service", service, "--task-definition", definition.strip())
    return aws("wait", "services-stable", "--cluster", cluster, "--services", service) if code == 0 else (code, told)


def ours(program, cluster, service, container, image):
    return run(program, "--deploy", cluster, service, container, image)


TOOLS = {"ecs-deploy": ecs_deploy, "awscli": awscli, "ours": ours}


def main(tool, *words):
    began = time.monotonic()
    code, told = TOOLS[tool](*words)
    took = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({"seconds": took, "mib": peak, "code": code, "told": told[-600:]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
