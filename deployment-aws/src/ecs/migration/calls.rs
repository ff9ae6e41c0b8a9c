//! One call of the SDK each.

use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_ecs::{
    Client,
    types::{
        AssignPublicIp, AwsVpcConfiguration, ContainerOverride, DesiredStatus, Failure, KeyValuePair, LaunchType, NetworkConfiguration,
        Tag, TaskDefinition, TaskOverride,
    },
};
use deployment_core::{Error, ErrorKind, Result, Status};

use super::{builder::Settings, task::Task};
use crate::error::{Call, Effect};

/// The most that one `DescribeTasks` takes. Source: Amazon ECS API Reference.
const AT_ONCE: usize = 100;
/// Reasons that go away by themselves. Source: Amazon ECS Developer Guide, "API failure reasons".
const PASSING: [&str; 3] = ["RESOURCE", "AGENT", "Capacity is unavailable"];

fn reads(operation: &'static str, action: &'static str) -> Call {
    Call { operation, action, effect: Effect::Reads }
}

pub(super) async fn definition(client: &Client, settings: &Settings) -> Result<TaskDefinition> {
    let call = reads("look at the task definition", "ecs:DescribeTaskDefinition");
    let name = &settings.task_definition;
    let answer = client.describe_task_definition().task_definition(name).send().await;
    let answer = answer.map_err(|error| call.failed(error).with("task definition", name))?;
    answer.task_definition.ok_or_else(|| Error::new(ErrorKind::NotFound, call.operation, format!("there is no task definition {name}")))
}

/// The state of the cluster; `None` if there is none of this name.
pub(super) async fn cluster(client: &Client, settings: &Settings) -> Result<Option<String>> {
    let call = reads("look at the cluster", "ecs:DescribeClusters");
    let answer = client.describe_clusters().clusters(&settings.cluster).send().await;
    let answer = answer.map_err(|error| call.failed(error).with("cluster", &settings.cluster))?;
    Ok(answer.clusters().first().and_then(|cluster| cluster.status()).map(str::to_owned))
}

/// Those that run and were started by this name.
pub(super) async fn running(client: &Client, settings: &Settings, started_by: &str) -> Result<Vec<Task>> {
    let call = reads("look for the task", "ecs:ListTasks");
    // AWS takes no other filter beside this one; it shows those that are to run.
    let answer = client.list_tasks().cluster(&settings.cluster).started_by(started_by).send().await;
    let found = answer.map_err(|error| call.failed(error).with("cluster", &settings.cluster))?;
    describe(client, settings, found.task_arns()).await
}

/// Those that have stopped and were started by this name, as long as AWS shows them.
pub(super) async fn stopped(client: &Client, settings: &Settings, family: &str, started_by: &str) -> Result<Vec<Task>> {
    let call = reads("look for the task", "ecs:ListTasks");
    let (mut all, mut token) = (Vec::new(), None);
    loop {
        let list = client.list_tasks().cluster(&settings.cluster).family(family).desired_status(DesiredStatus::Stopped);
        let found = list.set_next_token(token).send().await.map_err(|error| call.failed(error).with("cluster", &settings.cluster))?;
        all.extend(describe(client, settings, found.task_arns()).await?.into_iter().filter(|task| task.started_by == started_by));
        token = found.next_token().map(str::to_owned);
        if token.is_none() {
            return Ok(all);
        }
    }
}

pub(super) async fn describe(client: &Client, settings: &Settings, arns: &[String]) -> Result<Vec<Task>> {
    let call = reads("look at the task", "ecs:DescribeTasks");
    let mut all = Vec::new();
    for part in arns.chunks(AT_ONCE) {
        let answer = client.describe_tasks().cluster(&settings.cluster).set_tasks(Some(part.to_vec())).send().await;
        let answer = answer.map_err(|error| call.failed(error).with("cluster", &settings.cluster))?;
        all.extend(answer.tasks().iter().map(|task| Task::of(task, &settings.container)));
    }
    Ok(all)
}

/// What a task is started with.
#[derive(Debug)]
pub(super) struct Start<'a> {
    pub(super) definition: &'a str,
    pub(super) command: &'a [String],
    pub(super) started_by: &'a str,
    pub(super) client_token: &'a str,
    pub(super) tags: Vec<(&'static str, String)>,
}

pub(super) async fn run(client: &Client, settings: &Settings, start: Start<'_>) -> Result<Task> {
    let call = Call { operation: "start the task", action: "ecs:RunTask", effect: Effect::Changes };
    let run = client.run_task().cluster(&settings.cluster).task_definition(start.definition).count(1);
    let run = run.started_by(start.started_by).client_token(start.client_token).launch_type(settings.launch.clone());
    let run = run.overrides(overrides(settings, start.command)).set_network_configuration(network(settings)?);
    let tags = start.tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    let answer = run.set_tags(Some(tags.collect())).send().await.map_err(|error| call.failed(error).with("cluster", &settings.cluster))?;
    match answer.tasks().first() {
        Some(task) => Ok(Task::of(task, &settings.container)),
        None => Err(refused(call, answer.failures())),
    }
}

/// AWS has answered, and has started nothing.
fn refused(call: Call, failures: &[Failure]) -> Error {
    let said = |failure: &Failure| [failure.reason(), failure.detail()].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let reasons = failures.iter().map(said).collect::<Vec<_>>().join("; ");
    let passes = PASSING.iter().any(|reason| reasons.starts_with(reason));
    let message = format!("AWS has started no task: {reasons}; see \"API failure reasons\" in the ECS Developer Guide");
    let error = Error::new(ErrorKind::Failed, call.operation, message).with("action", call.action);
    error.with_status(if passes { Status::Temporary } else { Status::Permanent })
}

fn overrides(settings: &Settings, command: &[String]) -> TaskOverride {
    let variables = settings.environment.iter().map(|(name, value)| KeyValuePair::builder().name(name).value(value).build());
    let container = ContainerOverride::builder().name(&settings.container).set_command(Some(command.to_vec()));
    TaskOverride::builder().container_overrides(container.set_environment(Some(variables.collect())).build()).build()
}

fn network(settings: &Settings) -> Result<Option<NetworkConfiguration>> {
    if settings.subnets.is_empty() {
        return Ok(None);
    }
    let public = if settings.launch == LaunchType::Fargate { Some(AssignPublicIp::Disabled) } else { None };
    let configuration = AwsVpcConfiguration::builder().set_subnets(Some(settings.subnets.clone()));
    let configuration = configuration.set_security_groups(Some(settings.security_groups.clone())).set_assign_public_ip(public);
    let configuration = configuration.build().map_err(|error| Error::invalid("network", error))?;
    Ok(Some(NetworkConfiguration::builder().awsvpc_configuration(configuration).build()))
}

pub(super) async fn stop(client: &Client, settings: &Settings, arn: &str, reason: &str) -> Result<()> {
    let call = Call { operation: "stop the task", action: "ecs:StopTask", effect: Effect::Changes };
    let stop = client.stop_task().cluster(&settings.cluster).task(arn).reason(reason);
    stop.send().await.map(drop).map_err(|error| call.failed(error).with("task", arn))
}

/// The last lines of a log, the oldest first.
pub(super) async fn tail(client: &Logs, group: &str, stream: &str, lines: u16) -> Result<Vec<String>> {
    let call = reads("read the log", "logs:GetLogEvents");
    let get = client.get_log_events().log_group_name(group).log_stream_name(stream).start_from_head(false).limit(i32::from(lines));
    let answer = get.send().await.map_err(|error| call.failed(error))?;
    Ok(answer.events().iter().filter_map(|event| event.message().map(str::to_owned)).collect())
}
