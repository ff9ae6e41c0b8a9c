//! What must be allowed for services and tasks of ECS.
//!
//! Which action is of which resource: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html>.

use aws_sdk_ecs::types::{Service, TaskDefinition};
use deployment_core::Result;

use super::{api::Api, names::short};
use crate::{
    arn::Home,
    preflight::{Needs, there},
};

/// That a service is read and changed, and what it runs made anew; both, as far as they are there.
pub(super) async fn of_service(api: &Api, needs: &mut Needs) -> Result<Option<(Service, Option<TaskDefinition>)>> {
    let Some(service) = there(api.service().await)? else { return Ok(None) };
    for action in ["ecs:DescribeServices", "ecs:UpdateService"] {
        needs.allow(action, service.service_arn().unwrap_or_default());
    }
    let definition = match service.task_definition() {
        Some(arn) => there(api.definition(arn).await)?.and_then(|answer| answer.task_definition),
        None => None,
    };
    if let Some(definition) = &definition {
        of_registration(definition, needs);
    }
    Ok(Some((service, definition)))
}

/// That a definition is read, made anew with tags, and found again by them.
fn of_registration(definition: &TaskDefinition, needs: &mut Needs) {
    needs.allow("ecs:DescribeTaskDefinition", "*");
    needs.allow("ecs:ListTaskDefinitions", "*");
    if let Some(family) = family(definition) {
        needs.allow("ecs:RegisterTaskDefinition", family.clone());
        needs.allow("ecs:TagResource", family);
    }
    of_passing(definition, needs);
}

/// The ARN of all definitions of a family.
pub(super) fn family(definition: &TaskDefinition) -> Option<String> {
    let home = Home::of(definition.task_definition_arn()?)?;
    Some(home.arn("ecs", &format!("task-definition/{}:*", definition.family()?)))
}

/// That the roles of a definition are handed to ECS.
pub(super) fn of_passing(definition: &TaskDefinition, needs: &mut Needs) {
    let Some(home) = definition.task_definition_arn().and_then(Home::of) else { return };
    for role in [definition.task_role_arn(), definition.execution_role_arn()].into_iter().flatten().filter(|role| !role.is_empty()) {
        needs.allow("iam:PassRole", home.role(role));
    }
}

/// The resource of tasks, service deployments or service revisions of a service: `kind/cluster/service/*`.
pub(super) fn of_kind(service: &Service, kind: &str) -> Option<String> {
    let arn = service.service_arn()?;
    let cluster = short(service.cluster_arn()?);
    Some(Home::of(arn)?.arn("ecs", &format!("{kind}/{cluster}/{}/*", short(arn))))
}
