//! An action that runs a program.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::{Action, ActionStatus};
use crate::{
    context::{DeploymentContext, EffectContext},
    error::{Error, ErrorKind, Result},
    program::{Program, ProgramEnd},
};

/// Runs programs: one to apply, and, if given, one each to look before, to ask for the status and to undo.
///
/// No shell is involved: arguments are passed as they are. Each program gets the environment variables `DEPLOYMENT_ID`, `DEPLOYMENT_STEP`,
/// `DEPLOYMENT_TOKEN` and `DEPLOYMENT_BEFORE` (what the look before printed). Exit code 0 is success. A program that does not end in
/// time is killed with all that it started, and its effect is in doubt. The status program answers by its first word: `done`, `not-done`,
/// `partial` or `unknown`.
///
/// ```
/// use deployment_core::action::{Action, command::ExternalCommand};
///
/// let purge = ExternalCommand::new("purge-cdn", ["--all"]).status("purge-cdn", ["--is-done"]);
/// assert_eq!(purge.describe(), "run purge-cdn --all");
/// ```
#[derive(Debug, Clone)]
pub struct ExternalCommand {
    apply: Program,
    before: Option<Program>,
    status: Option<Program>,
    undo: Option<Program>,
    timeout: Duration,
}

impl ExternalCommand {
    /// Runs `program` with these arguments.
    #[must_use]
    pub fn new<A: Into<String>>(program: impl Into<String>, arguments: impl IntoIterator<Item = A>) -> Self {
        Self { apply: Program::new(program, arguments), before: None, status: None, undo: None, timeout: Duration::from_secs(300) }
    }

    /// Runs this first; what it prints is kept for the others.
    #[must_use]
    pub fn before<A: Into<String>>(mut self, program: impl Into<String>, arguments: impl IntoIterator<Item = A>) -> Self {
        self.before = Some(Program::new(program, arguments));
        self
    }

    /// Asks this whether the effect is there.
    #[must_use]
    pub fn status<A: Into<String>>(mut self, program: impl Into<String>, arguments: impl IntoIterator<Item = A>) -> Self {
        self.status = Some(Program::new(program, arguments));
        self
    }

    /// Undoes with this.
    #[must_use]
    pub fn undo<A: Into<String>>(mut self, program: impl Into<String>, arguments: impl IntoIterator<Item = A>) -> Self {
        self.undo = Some(Program::new(program, arguments));
        self
    }

    /// How long each program may take: 300 s, unless told otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    async fn run(&self, program: &Program, variables: &[(&str, &str)]) -> Result<String> {
        let path = program.path().to_owned();
        let program = variables.iter().fold(program.clone(), |program, (name, value)| program.variable(*name, value));
        let failed = |message| Error::new(ErrorKind::Failed, "run command", message).with("program", &path);
        match program.timeout(self.timeout).run().await? {
            ProgramEnd::Exited { status, stdout, .. } if status.success() => Ok(stdout),
            ProgramEnd::Exited { status, stderr, .. } => {
                let tail: String = stderr.trim_end().chars().rev().take(400).collect::<Vec<_>>().into_iter().rev().collect();
                Err(failed(format!("{status}: {tail}")))
            }
            ProgramEnd::Overdue => Err(failed(format!("no end within {} s; it was killed", self.timeout.as_secs_f64())).in_doubt()),
        }
    }
}

#[async_trait]
impl Action for ExternalCommand {
    fn describe(&self) -> String {
        format!("run {}", self.apply)
    }

    async fn prepare(&self, context: &DeploymentContext) -> Result<Value> {
        let Some(program) = &self.before else { return Ok(Value::Null) };
        let variables = [("DEPLOYMENT_ID", context.deployment.as_str()), ("DEPLOYMENT_STEP", context.step.as_str())];
        Ok(Value::String(self.run(program, &variables).await?))
    }

    async fn apply(&self, context: &EffectContext, before: &Value) -> Result<()> {
        self.run(&self.apply, &variables(context, before)).await.map(drop)
    }

    async fn status(&self, context: &EffectContext, before: &Value) -> Result<ActionStatus> {
        let Some(program) = &self.status else { return Ok(ActionStatus::Unknown) };
        let answer = self.run(program, &variables(context, before)).await?;
        match answer.split_whitespace().next() {
            Some("done") => Ok(ActionStatus::Done),
            Some("not-done") => Ok(ActionStatus::NotDone),
            Some("partial") => Ok(ActionStatus::Partial),
            _ => Ok(ActionStatus::Unknown),
        }
    }

    async fn undo(&self, context: &EffectContext, before: &Value) -> Result<()> {
        match &self.undo {
            Some(program) => self.run(program, &variables(context, before)).await.map(drop),
            None => Err(Error::new(ErrorKind::Unsupported, "undo", format!("{} has no program that undoes it", self.describe()))),
        }
    }
}

fn variables<'a>(context: &'a EffectContext, before: &'a Value) -> [(&'static str, &'a str); 4] {
    [
        ("DEPLOYMENT_ID", context.deployment.as_str()),
        ("DEPLOYMENT_STEP", context.step.as_str()),
        ("DEPLOYMENT_TOKEN", context.token.as_str()),
        ("DEPLOYMENT_BEFORE", before.as_str().unwrap_or_default()),
    ]
}
