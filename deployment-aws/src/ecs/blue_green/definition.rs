//! Task definitions: those that run, and the one that a launch registers.

use aws_sdk_ecs::types::{Tag, TaskDefinition};
use deployment_core::{EffectContext, Error, ErrorKind, Release, Result};

use crate::ecs::{
    api::Api,
    names::{family_and_number, short},
    task_definition::{Changes, Marks, again},
};

/// How many of a family's newest revisions are looked at for one that this launch has registered already. Where it is older, another one
/// is registered, which runs nowhere.
const NEWEST: usize = 10;

/// A task definition. It never changes; its tags are those that it was registered with.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) arn: String,
    pub(super) described: TaskDefinition,
    pub(super) tags: Vec<Tag>,
    pub(super) marks: Marks,
}

impl Definition {
    pub(super) async fn read(api: &Api, arn: &str) -> Result<Self> {
        let found = api.definition(arn).await?;
        let described = found.task_definition.ok_or_else(|| {
            Error::new(ErrorKind::Unreachable, "observe", "ECS answers without a task definition").with("task definition", arn)
        })?;
        let tags = found.tags.unwrap_or_default();
        let arn = described.task_definition_arn().unwrap_or(arn).to_owned();
        Ok(Self { arn, marks: Marks::read(&tags), described, tags })
    }

    /// `family:revision`.
    pub(super) fn name(&self) -> &str {
        short(&self.arn)
    }

    /// The ARN of this one with what a release changes, carrying the effect's token: found, or registered now.
    pub(super) async fn changed(&self, api: &Api, context: &EffectContext, release: &Release, container: &str) -> Result<String> {
        let mut described = self.described.clone();
        Changes::of(release)?.make(&mut described, container)?;
        if let Some(found) = self.registered_before(api, context).await? {
            return Ok(found);
        }
        let marks = Marks {
            token: Some(context.token.clone()),
            deployment: Some(context.deployment.clone()),
            release: Some(release.clone()),
            replaces: Some(self.name().to_owned()),
            again: None,
        };
        let tags = marks.with(&self.tags)?;
        let made = api.register(again(&described).set_tags(Some(tags))).await?;
        made.task_definition_arn.ok_or_else(|| Error::new(ErrorKind::Unreachable, "launch", "ECS answers without an ARN").in_doubt())
    }

    /// What an earlier try of the same effect has registered, if its answer was lost: it is newer than this one.
    async fn registered_before(&self, api: &Api, context: &EffectContext) -> Result<Option<String>> {
        let (family, number) = family_and_number(&self.arn).unwrap_or_default();
        let (arns, _) = api.definitions(family, None).await?;
        // A prefix may be that of other families too.
        let newer = |arn: &&String| family_and_number(arn).is_some_and(|(of, newer)| of == family && newer > number);
        for arn in arns.iter().filter(newer).take(NEWEST) {
            if Self::read(api, arn).await?.marks.token.as_ref() == Some(&context.token) {
                return Ok(Some(arn.clone()));
            }
        }
        Ok(None)
    }
}
