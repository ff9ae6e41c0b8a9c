"""One-off tasks of ECS by an account's time, from PROVISIONING to STOPPED, and the database that they change.

Words of a test: `task-make` makes a cluster and a revision of its task definition, `task-play` says what a command does (the latest whose words
are in the command line counts), `task-refuse` lets the next starts fail, `task-database` sets the database, `task-state` tells what there is.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""

from moto.ec2.models import ec2_backends
from moto.core.responses import ActionResult
from moto.ecs.exceptions import ECSException
from moto.ecs.models import EC2ContainerServiceBackend, Task, ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.logs.models import logs_backends

REGION = "eu-central-1"
# Seconds after the start, and what the task is from then on.
STARTING = [(0, "PROVISIONING"), (20, "PENDING"), (45, "RUNNING")]
# Between the container's end and the task's.
ENDING = 15
# How long a container may go on that is told to stop.
STOP_TIMEOUT = 30
# How long a stopped task is shown: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
SHOWN = 3600


class PlayedTask(Task):
    """Its state is a matter of time, not of how often it is asked for."""

    # Moto tells by this what a model is of.
    __module__ = Task.__module__

    def advance(self):
        pass

    @property
    def status(self):
        return self.played_status

    @status.setter
    def status(self, value):
        self.played_status = value


class Stage:
    def __init__(self, world):
        self.world = world
        self.plays = {}
        self.databases = {}
        self.tokens = {}
        self.refusals = {}

    def tasks(self, account):
        all_tasks = [task for tasks in ecs_backends[account][REGION].tasks.values() for task in tasks.values()]
        return [task for task in all_tasks if isinstance(task, PlayedTask)]

    def database(self, account):
        return self.databases.setdefault(account, {"applied": [], "changes": 0})

    def on_time(self, account, now):
        for task in self.tasks(account) if account in self.plays else []:
            self.bring_on(account, task, now)

    def bring_on(self, account, task, now):
        age = (now - task.began).total_seconds()
        if task.container_end is None:
            task.status = [status for due, status in STARTING if age >= due][-1]
            takes = task.play.get("takes", 30)
            if "refuses" in task.play and age >= STARTING[-1][0]:
                self.end(account, task, STARTING[-1][0], None, task.play["refuses"], "TaskFailedToStart")
            elif task.stop_at is not None and age >= task.stop_at + STOP_TIMEOUT:
                self.end(account, task, task.stop_at + STOP_TIMEOUT, 137, task.stop_reason, "UserInitiated")
            elif takes is not None and age >= STARTING[-1][0] + takes:
                self.finish(account, task, STARTING[-1][0] + takes)
        if task.container_end is not None:
            ended = task.container_end + ENDING
            task.status = "STOPPED" if age >= ended else "DEPROVISIONING"
            task.stopped_at = task.began.timestamp() + ended if age >= ended else None
            if age >= ended + SHOWN:
                for tasks in ecs_backends[account][REGION].tasks.values():
                    tasks.pop(task.task_arn, None)

    def finish(self, account, task, at):
        """The container has run to its end, or was interrupted."""
        play, database = task.play, self.database(account)
        if "interrupted" in play:
            return self.end(account, task, at, None, "The capacity was taken back.", play["interrupted"])
        code = play.get("code", 0)
        if "asks" in play:
            code = 0 if play["asks"] in database["applied"] else 10
        elif code == 0:
            self.change(database, play)
        return self.end(account, task, at, code, "Essential container in task exited", "EssentialContainerExited")

    def change(self, database, play):
        applied, name = database["applied"], play.get("adds") or play.get("removes")
        if name and (name in applied) == ("removes" in play):
            database["changes"] += 1
            applied.append(name) if "adds" in play else applied.remove(name)

    def end(self, account, task, at, code, reason, stop_code):
        task.container_end = at
        task.desired_status = "STOPPED"
        task.stopped_reason, task.stop_code = reason, stop_code
        container = task.containers[0]
        container.exitCode, container.last_status = code, "STOPPED"
        if "refuses" not in task.play:
            self.log(account, task)

    def log(self, account, task):
        # The driver awslogs: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
        backend = logs_backends[account][REGION]
        definition = ecs_backends[account][REGION].describe_task_definition(task.task_definition_arn)
        container = definition.container_definitions[0]
        options = container["logConfiguration"]["options"]
        group, stream = options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{container['name']}/{task.id}"
        millis = int(task.began.timestamp() * 1000)
        backend.groups[group].create_log_stream(stream)
        lines = [{"timestamp": millis + number, "message": line} for number, line in enumerate(task.play.get("logs", []))]
        if lines:
            backend.groups[group].put_log_events(stream, lines)

    def make(self, account, body):
        backend = ecs_backends[account][REGION]
        if account not in self.plays:
            backend.create_cluster("prod", tags=[])
            logs_backends[account][REGION].create_log_group("/ecs/migrate", {})
        options = {"awslogs-group": "/ecs/migrate", "awslogs-stream-prefix": "ecs", "awslogs-region": REGION}
        environment = [{"name": name, "value": value} for name, value in body.get("environment", {}).items()]
        container = {"name": "app", "image": "orders:1", "cpu": 256, "memory": 512, "environment": environment}
        container["logConfiguration"] = {"logDriver": "awslogs", "options": options}
        backend.register_task_definition("migrate", [container], network_mode="awsvpc", cpu="256", memory="512")
        self.plays.setdefault(account, [])
        return {}

    def play(self, account, body):
        self.plays[account].insert(0, body)
        return {}

    def refuse(self, account, body):
        self.refusals[account] = body
        return {}

    def set(self, account, body):
        """Somebody else has changed the database."""
        self.database(account)["applied"] = body["applied"]
        return {}

    def state(self, account, _body):
        tasks = [
            {
                "status": task.status,
                "command": " ".join(task.overrides["containerOverrides"][0]["command"]),
                "environment": task.overrides["containerOverrides"][0].get("environment", []),
                "startedBy": task.started_by,
                "definition": task.task_definition_arn,
                "network": task.given_network,
                "stopCode": getattr(task, "stop_code", None),
                "tags": task.tags,
            }
            for task in self.tasks(account)
        ]
        return self.database(account) | {"tasks": tasks}


class Calls:
    """What moto answers otherwise."""

    def __init__(self, stage):
        self.stage = stage
        self.plain = {name: getattr(EC2ContainerServiceBackend, name) for name in ("run_task", "list_tasks", "describe_tasks", "stop_task")}
        self.respond = EC2ContainerServiceResponse.run_task
        EC2ContainerServiceResponse.run_task = lambda response: self.run(response)
        EC2ContainerServiceBackend.list_tasks = lambda backend, *given, **named: self.list(backend, *given, **named)
        EC2ContainerServiceBackend.describe_tasks = lambda backend, cluster, names: self.describe(backend, cluster, names)
        EC2ContainerServiceBackend.stop_task = lambda backend, *given: self.stop(backend, *given)

    def run(self, response):
        account, token = response.current_account, response._get_param("clientToken")
        if account not in self.stage.plays:
            return self.respond(response)
        backend, cluster = response.ecs_backend, response._get_param("cluster")
        request = {name: response._get_param(name) for name in ("taskDefinition", "overrides", "startedBy", "networkConfiguration")}
        known = self.stage.tokens.get((account, cluster, token))
        if known is not None:
            # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
            if known[0] != request:
                raise ECSException("ConflictException", "The token was used with other parameters.")
            return ActionResult({"tasks": [known[1]], "failures": []})
        refusal = self.stage.refusals.get(account)
        if refusal and refusal["times"] > 0:
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
            refusal["times"] -= 1
            return ActionResult({"tasks": [], "failures": [{"arn": "arn:aws:ecs:instance", "reason": refusal["reason"]}]})
        task = self.start(backend, cluster, request, response._get_param("launchType"), response._get_param("tags"))
        self.stage.tokens[account, cluster, token] = (request, task)
        return ActionResult({"tasks": [task], "failures": []})

    def start(self, backend, cluster, request, launch_type, tags):
        network = request["networkConfiguration"]
        if not network or not network["awsvpcConfiguration"].get("subnets"):
            raise ECSException("InvalidParameterException", "Network Configuration must be provided when networkMode is 'awsvpc'.")
        # Moto looks for the subnets in its own VPC.
        own = next(iter(ec2_backends[backend.account_id][REGION].describe_subnets()))
        placed = {"awsvpcConfiguration": {"subnets": [own.id], "securityGroups": []}}
        started_by = request["startedBy"]
        task = self.plain["run_task"](
            backend, cluster, request["taskDefinition"], 1, request["overrides"], started_by, tags, launch_type, placed
        )[0]
        task.__class__ = PlayedTask
        now = self.stage.world.now(backend.account_id)
        task.began, task.container_end, task.stop_at, task.given_network = now, None, None, network
        command = " ".join(request["overrides"]["containerOverrides"][0]["command"])
        task.play = next((play for play in self.stage.plays[backend.account_id] if play["command"] in command), {})
        task.containers[0].exitCode = None
        self.stage.bring_on(backend.account_id, task, now)
        return task

    def list(self, backend, cluster=None, instance=None, family=None, started_by=None, service=None, desired=None):
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
        if started_by and (family or instance or service or desired):
            raise ECSException("InvalidParameterException", "startedBy must be the only filter.")
        found = self.plain["list_tasks"](backend, cluster, instance, None, started_by, service, desired)
        wanted = desired or "RUNNING"
        shown = [task for task in self.known(found) if not isinstance(task, PlayedTask) or task.desired_status == wanted]
        return [task for task in shown if not family or f"/{family}:" in task.task_definition_arn]

    def known(self, tasks):
        # What was just started may not show yet: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
        def age(task):
            return (self.stage.world.now(task._account_id) - task.began).total_seconds()

        return [task for task in tasks if not isinstance(task, PlayedTask) or age(task) >= task.play.get("unknown_for", 0)]

    def describe(self, backend, cluster, names):
        return self.known(self.plain["describe_tasks"](backend, cluster, names))

    def stop(self, backend, cluster, task_name, reason):
        task = next((task for task in self.stage.tasks(backend.account_id) if task_name in (task.task_arn, task.id)), None)
        if task is None:
            return self.plain["stop_task"](backend, cluster, task_name, reason)
        if task.stop_at is None and task.container_end is None:
            task.stop_at = (self.stage.world.now(backend.account_id) - task.began).total_seconds()
            task.stop_reason = reason
            task.desired_status = "STOPPED"
        return task


def install(world):
    stage = Stage(world)
    Calls(stage)
    world.on_time(stage.on_time)
    words = {"task-make": stage.make, "task-play": stage.play, "task-refuse": stage.refuse, "task-database": stage.set}
    words["task-state"] = stage.state
    for name, command in words.items():
        world.on_command(name, command)
