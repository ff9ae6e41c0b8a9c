//! One operation: find its task or start it, and wait for its end.

use std::time::Duration;

use aws_sdk_ecs::types::{ContainerDefinition, TaskDefinition};
use deployment_core::{Error, ErrorKind, Result, Status, Timestamp};
use tokio::time::sleep;

use super::{
    builder::{EcsTaskMigration, Tls},
    calls::{self, Start},
    names::name_of,
    task::Task,
    tls,
};

/// The wait between two looks: each is twice as long as the one before.
const FIRST_LOOK: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(15);
/// How often a task that AWS does not know is looked for: what was just started may not show yet.
const NOT_THERE: u32 = 8;
/// What is kept of the time to stop a task in: AWS gives a container 30 seconds to end by itself.
const FOR_STOPPING: Duration = Duration::from_secs(60);

/// One operation of a migration.
#[derive(Debug)]
pub(super) struct Operation<'a> {
    /// For errors.
    pub(super) name: &'static str,
    pub(super) command: &'a [String],
    /// By what its tasks are found.
    pub(super) started_by: String,
    /// Who tries: another process is another one.
    pub(super) tried_by: String,
    /// Which of the tasks that have stopped is the answer.
    pub(super) counts: Counts,
    pub(super) tags: Vec<(&'static str, String)>,
    /// When it must have ended.
    pub(super) deadline: Timestamp,
}

/// Which task that has stopped makes another one needless.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counts {
    /// One whose container has ended, however it did.
    AnyEnd,
    /// One that has succeeded, unless the status was asked for after its end: who asks for it again then has been told that it is not done.
    SuccessSince(Option<Timestamp>),
}

impl Counts {
    fn one(self, task: &Task) -> bool {
        // One that is to stop may not have stopped yet.
        !task.is_stopped()
            || match self {
                Self::AnyEnd => task.exit_code.is_some(),
                Self::SuccessSince(asked) => task.has_succeeded() && asked.is_none_or(|asked| task.stopped_at >= Some(asked)),
            }
    }
}

impl EcsTaskMigration {
    /// Runs to the end: the task, stopped, and the end of its log if it has not succeeded.
    pub(super) async fn run(&self, operation: Operation<'_>) -> Result<(Task, String)> {
        let definition = calls::definition(&self.client, &self.settings).await?;
        let container = self.container(&definition)?;
        let task = match self.find(&operation, &definition).await? {
            Found::Task(task) => task,
            Found::After(failed) => self.start(&operation, &definition, failed).await?,
        };
        let ended = self.wait(task, &operation).await?;
        let log = if ended.has_succeeded() { String::new() } else { self.log_of(&ended, container).await };
        Ok((ended, log))
    }

    pub(super) fn container<'a>(&self, definition: &'a TaskDefinition) -> Result<&'a ContainerDefinition> {
        let settings = &self.settings;
        let found = definition.container_definitions().iter().find(|container| container.name() == Some(&settings.container));
        let container = found.ok_or_else(|| {
            let message = format!("the task definition {} has no container {}", settings.task_definition, settings.container);
            Error::invalid("task", message)
        })?;
        let own = settings.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        // What is given here stands above what the definition says.
        let of_definition = container.environment().iter().filter_map(|pair| Some((pair.name()?, pair.value()?)));
        let of_definition = of_definition.filter(|(name, _)| settings.environment.iter().all(|(other, _)| other != name));
        if settings.tls == Tls::Demanded && !tls::is_demanded(own.chain(of_definition)) {
            let message = "nothing says that the database is spoken to by TLS; set for instance PGSSLMODE=verify-full by environment, or \
                           ssl=require in the URL, or say without_tls";
            return Err(Error::invalid("environment", message).with("task definition", &settings.task_definition));
        }
        Ok(container)
    }

    /// What there is of this operation: a task that runs or has succeeded, or how many have failed.
    async fn find(&self, operation: &Operation<'_>, definition: &TaskDefinition) -> Result<Found> {
        if let Some(task) = calls::running(&self.client, &self.settings, &operation.started_by).await?.into_iter().next() {
            return Ok(Found::Task(task));
        }
        let family = definition.family().unwrap_or(&self.settings.task_definition);
        let stopped = calls::stopped(&self.client, &self.settings, family, &operation.started_by).await?;
        Ok(stopped.iter().find(|task| operation.counts.one(task)).cloned().map_or(Found::After(stopped.len()), Found::Task))
    }

    async fn start(&self, operation: &Operation<'_>, definition: &TaskDefinition, failed: usize) -> Result<Task> {
        let client_token = name_of(&[&operation.started_by, &operation.tried_by, &failed.to_string()]);
        let definition = definition.task_definition_arn().unwrap_or(&self.settings.task_definition);
        let start = Start {
            definition,
            command: operation.command,
            started_by: &operation.started_by,
            client_token: &client_token,
            tags: operation.tags.clone(),
        };
        calls::run(&self.client, &self.settings, start).await
    }

    /// Waits until it has stopped; stops it when its time is over.
    async fn wait(&self, mut task: Task, operation: &Operation<'_>) -> Result<Task> {
        let (end, mut pause, mut missing) = (operation.deadline - FOR_STOPPING, FIRST_LOOK, 0);
        while !task.is_stopped() {
            if self.clock.now() + pause >= end {
                return Err(self.overdue(&task, operation).await);
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST);
            match calls::describe(&self.client, &self.settings, std::slice::from_ref(&task.arn)).await {
                Ok(found) => match found.into_iter().next() {
                    Some(found) => (task, missing) = (found, 0),
                    None if missing < NOT_THERE => missing += 1,
                    None => return Err(failed(operation, &task, "AWS does not know the task any more".to_owned()).in_doubt()),
                },
                // The task goes on, whatever the way to AWS is like.
                Err(error) if error.status() == Status::Temporary => {}
                Err(error) => return Err(error.in_doubt()),
            }
        }
        Ok(task)
    }

    /// Stops what has not ended in time. What it has done is in doubt.
    async fn overdue(&self, task: &Task, operation: &Operation<'_>) -> Error {
        let reason = "the deployment's step has no time left for it";
        let mut pause = FIRST_LOOK;
        loop {
            match calls::stop(&self.client, &self.settings, &task.arn, reason).await {
                Ok(()) => {
                    return failed(operation, task, format!("it was {} when its time was over, and is stopped", task.status)).in_doubt();
                }
                // To stop it again is the same. Nobody else would: the step has ended then.
                Err(error) if error.status() != Status::Permanent && self.clock.now() + pause < operation.deadline => {
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST);
                }
                Err(error) => {
                    let message = format!("it was {} when its time was over, and could not be stopped; stop it by hand", task.status);
                    return failed(operation, task, message).because(error).in_doubt();
                }
            }
        }
    }
}

enum Found {
    Task(Task),
    /// So many have failed.
    After(usize),
}

fn failed(operation: &Operation<'_>, task: &Task, message: String) -> Error {
    Error::new(ErrorKind::Failed, operation.name, message).with("task", &task.arn)
}
