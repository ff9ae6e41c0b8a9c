"""What a test says to ECS: `POST /_cloud/NAME`, in the region `region` or that of the tests.

- `ecs/image`: how tasks of an image behave from now on: `image`, and of `starts_after`, `crashes_at_start`, `crashes_after`,
  `healthy_after` (null: never), `stops_within` what is not usual; see `ecs_tasks.Image`.
- `ecs/stale`: reads show for `seconds` after a write what was before it.
- `ecs/alarm`: an alarm of CloudWatch and its state: `name`, `state`.
- `ecs/update`: somebody else's UpdateService, with its fields; so auto scaling comes by: `service`, `cluster`, `desiredCount`.
- `ecs/tasks`: the truth about the tasks of a service: `service`, `cluster`.
"""

import ecs_tasks
import elb_targets
from ecs_account import Account

REGION = "eu-central-1"


def targets(account):
    return elb_targets.Targets.of(account.id, account.region)


def told(command):
    return lambda account, body: command(Account.of(account, body.pop("region", REGION)), body) or {}


def image(account, body):
    name = body.pop("image")
    account.images[name] = ecs_tasks.Image(**body)


def stale(account, body):
    account.stale = body["seconds"]


def alarm(account, body):
    account.watched().put("MetricAlarm", account.now(), {"AlarmName": body["name"], "MetricName": "Errors", "StateValue": body["state"]})


def tasks(account, body):
    service = account.service(body.get("cluster"), body["service"])
    shown = [{"definition": task.definition.arn, "status": task.status, "health": task.health(account.now())} for task in service.tasks]
    return {"tasks": shown, "deployments": [deployment.definition.arn for deployment in service.deployments]}


def install(world, update):
    def updated(account, body):
        return {"taskDefinition": update(account, body).kept["taskDefinition"]}

    for name, command in {"image": image, "stale": stale, "alarm": alarm, "tasks": tasks, "update": updated}.items():
        world.on_command(f"ecs/{name}", told(command))
