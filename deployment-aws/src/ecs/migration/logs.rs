//! The end of a task's log, for an error.

use aws_sdk_ecs::types::{ContainerDefinition, LogDriver};

use super::{builder::EcsTaskMigration, calls, mask, task::Task};

impl EcsTaskMigration {
    /// The last lines without secrets, or why there are none. A log that cannot be read changes nothing about the outcome.
    pub(super) async fn log_of(&self, task: &Task, container: &ContainerDefinition) -> String {
        let lines = self.settings.log_lines;
        let Some((group, stream)) = place(task, container).filter(|_| lines > 0) else { return String::new() };
        let secrets = self.secrets(container);
        match calls::tail(&self.logs, &group, &stream, lines).await {
            Ok(lines) if lines.is_empty() => "; it has written no log".to_owned(),
            Ok(lines) => {
                let text: Vec<_> = lines.iter().map(|line| mask::masked(line.trim_end(), &secrets)).collect();
                format!("; the end of its log:\n{}", text.join("\n"))
            }
            Err(error) => format!("; its log cannot be read: {}", mask::masked(&error.to_string(), &secrets)),
        }
    }

    /// Every value that must not be shown: those that were said to be secret, and those of variables that are called so.
    fn secrets(&self, container: &ContainerDefinition) -> Vec<String> {
        let of_definition = container.environment().iter().filter_map(|pair| Some((pair.name()?, pair.value()?)));
        let own = self.settings.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut all: Vec<_> = own.chain(of_definition).flat_map(|(name, value)| mask::secrets_in(name, value)).collect();
        all.extend(self.settings.hidden.iter().cloned());
        // The longest first: one may be a part of another.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all
    }
}

/// The group of a container's log.
pub(super) fn group(container: &ContainerDefinition) -> Option<&str> {
    let log = container.log_configuration().filter(|log| *log.log_driver() == LogDriver::Awslogs)?;
    log.options()?.get("awslogs-group").map(String::as_str)
}

/// Group and stream of its log. Source: Amazon ECS Developer Guide, the driver `awslogs`: `prefix/container/task`.
fn place(task: &Task, container: &ContainerDefinition) -> Option<(String, String)> {
    let group = group(container)?;
    let prefix = container.log_configuration()?.options()?.get("awslogs-stream-prefix")?;
    Some((group.to_owned(), format!("{prefix}/{}/{}", container.name()?, task.id())))
}
