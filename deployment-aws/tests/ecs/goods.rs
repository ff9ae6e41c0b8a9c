//! What the shops of the tests sell: releases, the images that they name, and the task definitions made of them.

use aws_sdk_ecs::{
    Client,
    types::{Tag, TaskDefinitionField},
};
use deployment_core::{Release, ServiceName};

/// The digest of a version.
pub(crate) fn digest(version: &str) -> String {
    format!("sha256:{}{version}", "0".repeat(64 - version.len()))
}

pub(crate) fn image(version: &str) -> String {
    format!("registry.example:5000/shop@{}", digest(version))
}

pub(crate) fn release(version: &str) -> Release {
    Release::new(ServiceName::new("shop").unwrap(), version).artifact(digest(version))
}

/// Every task definition of the family with its tags: name, tags.
pub(crate) async fn definitions(ecs: &Client) -> Vec<(String, Vec<Tag>)> {
    let mut all = Vec::new();
    for arn in ecs.list_task_definitions().family_prefix("shop").send().await.unwrap().task_definition_arns() {
        let request = ecs.describe_task_definition().task_definition(arn).include(TaskDefinitionField::Tags);
        let tags = request.send().await.unwrap().tags.unwrap_or_default();
        all.push((arn.rsplit('/').next().unwrap().to_owned(), tags));
    }
    all
}
