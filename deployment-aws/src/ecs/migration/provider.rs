//! Tasks as core's migration.

use std::sync::{MutexGuard, PoisonError};

use async_trait::async_trait;
use deployment_core::{
    EffectContext, Error, ErrorKind, Result, Status, Timestamp,
    action::ActionStatus,
    migration::{Migration, Phase, Reversibility},
};

use super::{
    builder::{EcsTaskMigration, Tls},
    calls, mask,
    names::name_of,
    run::{Counts, Operation},
};

const ASKING: &str = "ask for the status";
/// Exit codes of the status command.
const APPLIED: i32 = 0;
const NOT_APPLIED: i32 = 10;
const IN_PART: i32 = 11;

/// The status that is being asked for: a caller who gives up and comes again gets the answer of the same task.
#[derive(Debug)]
pub(super) struct Question {
    object: String,
    number: u64,
    since: Option<Timestamp>,
    /// When the last one that was answered was asked.
    last: Option<Timestamp>,
}

impl Question {
    pub(super) fn new(object: String) -> Self {
        Self { object, number: 0, since: None, last: None }
    }
}

#[async_trait]
impl Migration for EcsTaskMigration {
    fn describe(&self) -> String {
        let settings = &self.settings;
        let back = if settings.revert.is_empty() { String::new() } else { format!(", back by: {}", settings.revert.join(" ")) };
        let tls = match &settings.tls {
            Tls::Demanded => String::new(),
            Tls::NotNeeded(reason) => format!(", without TLS: {reason}"),
        };
        let commands = mask::masked(&format!("{}{back}", settings.apply.join(" ")), &settings.hidden);
        format!("ECS task {} ({}) on {}: {commands}{tls}", settings.task_definition, settings.container, settings.cluster)
    }

    fn phase(&self) -> Phase {
        self.settings.phase
    }

    fn reversibility(&self) -> Reversibility {
        if self.settings.revert.is_empty() { Reversibility::Irreversible } else { Reversibility::Reversible }
    }

    async fn status(&self) -> Result<ActionStatus> {
        let (name, since) = self.ask().await?;
        let operation = Operation {
            name: ASKING,
            command: &self.settings.status,
            tried_by: String::new(),
            started_by: name.clone(),
            counts: Counts::AnyEnd,
            tags: vec![("deployment:operation", "status".to_owned())],
            deadline: since + self.settings.status_within,
        };
        let (task, log) = match self.run(operation).await {
            Err(error) if is_open(&error) => return Err(error.with_status(Status::Temporary)),
            ended => {
                self.answered(&name, since);
                ended.map_err(|error| error.with_status(Status::Permanent))?
            }
        };
        match task.exit_code {
            Some(APPLIED) => Ok(ActionStatus::Done),
            Some(NOT_APPLIED) => Ok(ActionStatus::NotDone),
            Some(IN_PART) => Ok(ActionStatus::Partial),
            _ => {
                let failure = task.failure(ASKING, &log);
                // A question that was interrupted can be asked again.
                let status = if failure.status() == Status::InDoubt { Status::Temporary } else { Status::Permanent };
                Err(failure.with_status(status))
            }
        }
    }

    async fn apply(&self, context: &EffectContext) -> Result<()> {
        self.change(context, "apply the migration", "apply", &self.settings.apply).await
    }

    async fn revert(&self, context: &EffectContext) -> Result<()> {
        if self.settings.revert.is_empty() {
            return Err(Error::new(ErrorKind::Unsupported, "revert the migration", "there is no command for it; give one by revert"));
        }
        self.change(context, "revert the migration", "revert", &self.settings.revert).await
    }
}

impl EcsTaskMigration {
    async fn change(&self, context: &EffectContext, name: &'static str, kind: &str, command: &[String]) -> Result<()> {
        let (deployment, token) = (context.deployment.as_str(), context.token.as_str());
        let operation = Operation {
            name,
            command,
            started_by: name_of(&[kind, deployment, token, &self.settings.container, &command.join("\0")]),
            tried_by: context.epoch.to_string(),
            counts: Counts::SuccessSince(self.question().last),
            tags: vec![
                ("deployment:id", tag(deployment)),
                ("deployment:step", tag(context.step.as_str())),
                ("deployment:operation", kind.to_owned()),
            ],
            deadline: context.deadline,
        };
        let (task, log) = self.run(operation).await?;
        if task.has_succeeded() { Ok(()) } else { Err(task.failure(name, &log)) }
    }

    /// The name of the question that is open, and since when it is.
    async fn ask(&self) -> Result<(String, Timestamp)> {
        let (name, since) = self.open_question();
        if self.clock.now() < since + self.settings.status_within {
            return Ok((name, since));
        }
        // Nobody came for the answer in time. It is too old now.
        for task in calls::running(&self.client, &self.settings, &name).await? {
            calls::stop(&self.client, &self.settings, &task.arn, "nobody asks for its answer any more").await?;
        }
        self.answered(&name, since);
        Ok(self.open_question())
    }

    fn open_question(&self) -> (String, Timestamp) {
        let mut question = self.question();
        let since = *question.since.get_or_insert_with(|| self.clock.now());
        (question.name(), since)
    }

    /// The next one who asks gets another answer.
    fn answered(&self, name: &str, since: Timestamp) {
        let mut question = self.question();
        if question.name() == name {
            question.number += 1;
            question.since = None;
            question.last = Some(since);
        }
    }

    fn question(&self) -> MutexGuard<'_, Question> {
        self.question.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Question {
    fn name(&self) -> String {
        name_of(&["status", &self.object, &self.number.to_string()])
    }
}

/// Whether the question stays open: its task runs, or nobody knows whether it was started. Whoever asks next finds it.
fn is_open(error: &Error) -> bool {
    match error.status() {
        Status::Temporary => true,
        Status::InDoubt => error.kind().is_access(),
        Status::Permanent => false,
    }
}

/// An id as a tag can have it. Source: Amazon ECS API Reference, `Tag`.
fn tag(id: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.:/=+-@".contains(c);
    id.chars().map(|c| if allowed(c) { c } else { '_' }).take(256).collect()
}
