//! The tasks of a service, as ECS shows them.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::Task;
use deployment_core::Result;

use super::pages;
use crate::{
    ecs::{api::Api, names::short},
    error::{Call, Effect},
};

const LIST: Call = Call { operation: "look at tasks", action: "ecs:ListTasks", effect: Effect::Reads };
const DESCRIBE: Call = Call { operation: "look at tasks", action: "ecs:DescribeTasks", effect: Effect::Reads };
/// As many as one call may name: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>
const MOST: usize = 100;

/// What becomes of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It runs, and is to run.
    Runs,
    /// It is being started or stopped: it may be registered or not.
    Moves,
    /// It has stopped, or ECS does not know it any more.
    Gone,
}

/// The ids of the tasks that a service is to run, whatever has become of them.
pub(super) async fn wanted(api: &Api) -> Result<Vec<String>> {
    let (mut ids, mut token) = (Vec::new(), None);
    loop {
        let request = api.client.list_tasks().cluster(&api.cluster).service_name(&api.service).set_next_token(token.clone());
        let page = request.send().await.map_err(|error| api.here(LIST.failed(error)))?;
        ids.extend(page.task_arns().iter().map(|arn| short(arn).to_owned()));
        token = pages::next(LIST, token.as_ref(), page.next_token)?;
        if token.is_none() {
            return Ok(ids);
        }
    }
}

/// What becomes of these tasks. What cannot be a task's id is not asked for: ECS would refuse the others with it.
pub(super) async fn states(api: &Api, ids: &[String]) -> Result<BTreeMap<String, State>> {
    let mut states: BTreeMap<_, _> = ids.iter().map(|id| (id.clone(), State::Gone)).collect();
    let ids: Vec<_> = ids.iter().filter(|id| is_id(id)).cloned().collect();
    for part in ids.chunks(MOST) {
        let request = api.client.describe_tasks().cluster(&api.cluster).set_tasks(Some(part.to_vec()));
        let answer = request.send().await.map_err(|error| api.here(DESCRIBE.failed(error)))?;
        for task in answer.tasks() {
            states.insert(short(task.task_arn().unwrap_or_default()).to_owned(), state(task));
        }
    }
    Ok(states)
}

/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html>
fn state(task: &Task) -> State {
    match (task.last_status(), task.desired_status()) {
        (Some("STOPPED"), _) => State::Gone,
        (Some("RUNNING"), Some("RUNNING")) => State::Runs,
        _ => State::Moves,
    }
}

/// 32 digits, or 36 characters in the older form, as in
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/create-service-discovery.html>.
fn is_id(id: &str) -> bool {
    matches!(id.len(), 32 | 36) && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_tasks_are_told_from_others() {
        assert!(is_id("16becc26-8558-4af1-9fbd-f81be062a266") && is_id("0cc43cdb3bee4153b5b1d8b1ad8b2c1c"));
        assert!(!is_id("by-hand") && !is_id(&"x".repeat(32)) && !is_id(""));
    }

    #[test]
    fn only_what_runs_and_is_to_run_is_expected_to_be_registered() {
        let task = |last: &str, desired: &str| state(&Task::builder().last_status(last).desired_status(desired).build());
        assert_eq!(task("RUNNING", "RUNNING"), State::Runs);
        for (last, desired) in [("PENDING", "RUNNING"), ("ACTIVATING", "RUNNING"), ("RUNNING", "STOPPED"), ("DEACTIVATING", "STOPPED")] {
            assert_eq!(task(last, desired), State::Moves, "{last} {desired}");
        }
        assert_eq!(task("STOPPED", "STOPPED"), State::Gone);
    }
}
