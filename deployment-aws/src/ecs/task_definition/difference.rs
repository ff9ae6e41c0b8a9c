//! What is different in a task definition that would be registered.

use std::fmt;

use aws_sdk_ecs::types::{ContainerDefinition, TaskDefinition};

/// What a release changes in the task definition that runs, for a person who looks before it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is made from: `family:revision`.
    pub from: String,
    /// One entry per change; empty if it only gets another number.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The image of a container.
    Image {
        /// The container.
        container: String,
        /// What it runs.
        from: String,
        /// What it will run.
        to: String,
    },
    /// An environment variable of a container. What it was is not told: it may be what nobody should read.
    Variable {
        /// The container.
        container: String,
        /// The variable.
        name: String,
        /// What it will be.
        to: String,
    },
    /// What the task's image is built for: `LINUX/ARM64`; empty where nothing is said, which is Linux on X86_64.
    Platform {
        /// What it says.
        from: String,
        /// What it will say.
        to: String,
    },
    /// The task's CPU units or memory in MiB.
    Size {
        /// `cpu` or `memory`.
        field: &'static str,
        /// What it has; empty if it has none.
        from: String,
        /// What it will have.
        to: String,
    },
}

impl Difference {
    /// What the second has otherwise than the first.
    pub(crate) fn between(from: &TaskDefinition, to: &TaskDefinition) -> Self {
        let name = format!("{}:{}", from.family().unwrap_or_default(), from.revision());
        let pairs = from.container_definitions().iter().zip(to.container_definitions());
        let mut changes: Vec<_> = pairs.flat_map(|(from, to)| of_container(from, to)).collect();
        changes.extend([size("cpu", from.cpu(), to.cpu()), size("memory", from.memory(), to.memory())].into_iter().flatten());
        let (was, is) = (platform(from), platform(to));
        if was != is {
            changes.push(Change::Platform { from: was, to: is });
        }
        Self { from: name, changes }
    }

    /// It, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.to_string().lines().map(|line| line.trim_start().to_owned()).collect()
    }
}

fn of_container(from: &ContainerDefinition, to: &ContainerDefinition) -> Vec<Change> {
    let container = to.name().unwrap_or_default();
    let (was, is) = (from.image().unwrap_or_default(), to.image().unwrap_or_default());
    let image = Change::Image { container: container.into(), from: was.into(), to: is.into() };
    let mut changes: Vec<_> = (was != is).then_some(image).into_iter().collect();
    let changed = to.environment().iter().filter(|pair| !from.environment().contains(pair));
    changes.extend(changed.map(|pair| Change::Variable {
        container: container.into(),
        name: pair.name().unwrap_or_default().into(),
        to: pair.value().unwrap_or_default().into(),
    }));
    changes
}

fn platform(of: &TaskDefinition) -> String {
    of.runtime_platform().map(super::platform::told).unwrap_or_default()
}

fn size(field: &'static str, from: Option<&str>, to: Option<&str>) -> Option<Change> {
    (from != to).then(|| Change::Size { field, from: from.unwrap_or_default().into(), to: to.unwrap_or_default().into() })
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image { container, from, to } => write!(f, "{container}: image {from} becomes {to}"),
            Self::Variable { container, name, to } => write!(f, "{container}: {name} becomes {to:?}"),
            Self::Platform { from, to } => write!(f, "platform {} becomes {to}", if from.is_empty() { "unsaid" } else { from }),
            Self::Size { field, from, to } => write!(f, "{field} {from} becomes {to}"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a new revision from {}", self.from)?;
        if self.changes.is_empty() {
            f.write_str(", the same but for its number")?;
        }
        self.changes.iter().try_for_each(|change| write!(f, "\n  {change}"))
    }
}
