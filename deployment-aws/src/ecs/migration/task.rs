//! A task as this module sees it, and what its end means.

use aws_sdk_ecs::types::{Task as SdkTask, TaskStopCode};
use deployment_core::{Error, ErrorKind, Timestamp};

/// What AWS stops by itself: the program did not fail, it was interrupted.
const INTERRUPTED: [TaskStopCode; 2] = [TaskStopCode::SpotInterruption, TaskStopCode::TerminationNotice];

#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) arn: String,
    pub(super) started_by: String,
    pub(super) status: String,
    pub(super) exit_code: Option<i32>,
    pub(super) stopped_at: Option<Timestamp>,
    stop_code: Option<TaskStopCode>,
    stopped_reason: Option<String>,
    container_reason: Option<String>,
}

impl Task {
    pub(super) fn of(task: &SdkTask, container: &str) -> Self {
        let own = task.containers().iter().find(|other| other.name() == Some(container));
        Self {
            arn: task.task_arn().unwrap_or_default().to_owned(),
            started_by: task.started_by().unwrap_or_default().to_owned(),
            status: task.last_status().unwrap_or_default().to_owned(),
            exit_code: own.and_then(|container| container.exit_code()),
            stopped_at: task.stopped_at().and_then(|time| u64::try_from(time.to_millis().ok()?).ok()).map(Timestamp::from_millis),
            stop_code: task.stop_code().cloned(),
            stopped_reason: task.stopped_reason().map(str::to_owned),
            container_reason: own.and_then(|container| container.reason()).map(str::to_owned),
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.status == "STOPPED"
    }

    pub(super) fn has_succeeded(&self) -> bool {
        self.is_stopped() && self.exit_code == Some(0)
    }

    /// The last part of its ARN.
    pub(super) fn id(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// How it ended, in words.
    pub(super) fn end(&self) -> String {
        let code = match self.exit_code {
            Some(code) => format!("its container ended with exit code {code}"),
            None => "its container did not run to an end".to_owned(),
        };
        let reasons = [&self.stopped_reason, &self.container_reason];
        let reasons: Vec<_> = reasons.into_iter().flatten().filter(|reason| !reason.is_empty()).map(String::as_str).collect();
        let why = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
        let by = self.stop_code.as_ref().map(|code| format!(", {}", code.as_str())).unwrap_or_default();
        format!("{code}{by}{why}")
    }

    /// The error of its end. What was interrupted may have done a part: the status says what.
    pub(super) fn failure(&self, operation: &'static str, log: &str) -> Error {
        let message = format!("the task has failed: {}{log}", self.end());
        let error = Error::new(ErrorKind::Failed, operation, message).with("task", &self.arn);
        let interrupted = self.exit_code.is_none() && self.stop_code.as_ref().is_some_and(|code| INTERRUPTED.contains(code));
        if interrupted { error.in_doubt() } else { error }
    }
}
