//! A task definition as a revision of the service.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{Tag, TaskDefinition, TaskDefinitionStatus};
use deployment_core::{Error, ErrorKind, Release, Result, RevisionId, ServiceName};

use super::super::{
    names::short,
    task_definition::{Marks, digest},
};

/// One task definition, with what its tags say.
#[derive(Debug, Clone)]
pub(super) struct Revision {
    pub(super) id: RevisionId,
    pub(super) arn: String,
    pub(super) definition: TaskDefinition,
    pub(super) tags: Vec<Tag>,
    pub(super) marks: Marks,
    /// What it runs: from the tags; for one that this library did not register, as far as can be told.
    pub(super) release: Option<Release>,
}

impl Revision {
    pub(super) fn new(definition: TaskDefinition, tags: Vec<Tag>, service: &str, container: &str) -> Result<Self> {
        let arn = definition.task_definition_arn.clone().unwrap_or_default();
        let id = RevisionId::new(short(&arn)).map_err(|error| {
            Error::new(ErrorKind::Failed, "observe", format!("ECS names a task definition {arn:?}, which is no name")).because(error)
        })?;
        let marks = Marks::read(&tags);
        let release = marks.release.clone().or_else(|| foreign(&definition, &id, service, container));
        Ok(Self { id, arn, definition, tags, marks, release })
    }

    /// Whether it can be deployed again.
    pub(super) fn is_active(&self) -> bool {
        self.definition.status() != Some(&TaskDefinitionStatus::Inactive)
    }

    pub(super) fn runs(&self, release: &Release) -> bool {
        self.release.as_ref().is_some_and(|runs| runs.runs_the_same_as(release))
    }
}

/// What somebody else's task definition runs: its own name is the version, as it never means two things.
fn foreign(definition: &TaskDefinition, id: &RevisionId, service: &str, container: &str) -> Option<Release> {
    let container = definition.container_definitions().iter().find(|known| known.name() == Some(container));
    let artifact = container.and_then(|container| container.image()).and_then(digest).map(str::to_owned);
    let service = ServiceName::new(short(service)).ok()?;
    Some(Release { artifact, settings: BTreeMap::new(), ..Release::new(service, id.as_str()) })
}
