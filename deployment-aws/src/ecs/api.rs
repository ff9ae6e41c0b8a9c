//! The calls of ECS, one function each.

use aws_sdk_ecs::{
    Client,
    operation::{
        describe_task_definition::DescribeTaskDefinitionOutput, register_task_definition::builders::RegisterTaskDefinitionInputBuilder,
        update_service::builders::UpdateServiceInputBuilder,
    },
    types::{
        Service, ServiceDeployment, ServiceDeploymentBrief, SortOrder, StopServiceDeploymentStopType, Tag, TaskDefinition,
        TaskDefinitionField,
    },
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use deployment_core::{Error, ErrorKind, Result, Status};

use crate::error::{Call, Effect};

/// One service of one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) client: Client,
    pub(crate) cluster: String,
    pub(crate) service: String,
}

const fn reads(operation: &'static str, action: &'static str) -> Call {
    Call { operation, action, effect: Effect::Reads }
}

const fn changes(operation: &'static str, action: &'static str) -> Call {
    Call { operation, action, effect: Effect::Changes }
}

impl Api {
    pub(crate) fn here(&self, error: Error) -> Error {
        error.with("cluster", &self.cluster).with("service", &self.service)
    }

    /// The service as it is now.
    pub(crate) async fn service(&self) -> Result<Service> {
        const CALL: Call = reads("observe", "ecs:DescribeServices");
        let answer = self.client.describe_services().cluster(&self.cluster).services(&self.service).send().await;
        let answer = answer.map_err(|error| self.here(CALL.failed(error)))?;
        answer.services.unwrap_or_default().into_iter().next().ok_or_else(|| {
            let why = answer.failures.unwrap_or_default().into_iter().find_map(|failure| failure.reason).unwrap_or_default();
            let message =
                format!("ECS has no such service in that cluster ({why}); create it, or mend ecs.service, ecs.cluster or the region");
            self.here(Error::new(ErrorKind::NotFound, "observe", message))
        })
    }

    /// Changes the service; the answer is as it is then.
    pub(super) async fn update(&self, input: UpdateServiceInputBuilder) -> Result<Service> {
        const CALL: Call = changes("replace", "ecs:UpdateService");
        let answer = input.cluster(&self.cluster).service(&self.service).send_with(&self.client).await;
        let answer = answer.map_err(|error| self.here(CALL.failed(error)))?;
        answer.service.ok_or_else(|| self.here(Error::new(ErrorKind::Unreachable, "replace", "ECS answers without a service").in_doubt()))
    }

    /// A task definition with its tags.
    pub(super) async fn definition(&self, name: &str) -> Result<DescribeTaskDefinitionOutput> {
        const CALL: Call = reads("observe", "ecs:DescribeTaskDefinition");
        let answer = self.client.describe_task_definition().task_definition(name).include(TaskDefinitionField::Tags).send().await;
        answer.map_err(|error| CALL.failed(error).with("task definition", name))
    }

    pub(super) async fn register(&self, input: RegisterTaskDefinitionInputBuilder) -> Result<TaskDefinition> {
        const CALL: Call = changes("replace", "ecs:RegisterTaskDefinition");
        let family = input.get_family().clone().unwrap_or_default();
        let answer = input.send_with(&self.client).await.map_err(|error| {
            // Two at once for one family; ECS says no more than that the client is wrong.
            let busy = error.message().is_some_and(|message| message.starts_with("Too many concurrent attempts"));
            let error = CALL.failed(error).with("family", &family);
            if busy { error.with_status(Status::Temporary) } else { error }
        })?;
        answer
            .task_definition
            .ok_or_else(|| Error::new(ErrorKind::Unreachable, "replace", "ECS answers without a task definition").in_doubt())
    }

    /// A page of a family's task definitions, newest first, and where the next one begins.
    pub(super) async fn definitions(&self, family: &str, next: Option<String>) -> Result<(Vec<String>, Option<String>)> {
        const CALL: Call = reads("replace", "ecs:ListTaskDefinitions");
        let request = self.client.list_task_definitions().family_prefix(family).sort(SortOrder::Desc).set_next_token(next);
        let answer = request.send().await.map_err(|error| CALL.failed(error).with("family", family))?;
        Ok((answer.task_definition_arns.unwrap_or_default(), answer.next_token))
    }

    /// Sets tags of a resource; others stay.
    pub(super) async fn tag(&self, arn: &str, tags: Vec<Tag>) -> Result<()> {
        const CALL: Call = changes("replace", "ecs:TagResource");
        let answer = self.client.tag_resource().resource_arn(arn).set_tags(Some(tags)).send().await;
        answer.map(drop).map_err(|error| CALL.failed(error).with("task definition", arn))
    }

    /// The latest service deployments, newest first; `None` where the endpoint does not know such.
    pub(super) async fn service_deployments(&self) -> Result<Option<Vec<ServiceDeploymentBrief>>> {
        const CALL: Call = reads("observe", "ecs:ListServiceDeployments");
        match self.client.list_service_deployments().cluster(&self.cluster).service(&self.service).send().await {
            Ok(answer) => {
                let mut found = answer.service_deployments.unwrap_or_default();
                found.sort_by_key(|brief| std::cmp::Reverse(brief.created_at.map(|at| at.as_nanos())));
                Ok(Some(found))
            }
            Err(error) if error.code().is_some_and(is_unknown) => Ok(None),
            Err(error) => Err(self.here(CALL.failed(error))),
        }
    }

    /// One service deployment with what watches it.
    pub(super) async fn service_deployment(&self, arn: &str) -> Result<Option<ServiceDeployment>> {
        const CALL: Call = reads("observe", "ecs:DescribeServiceDeployments");
        let answer = self.client.describe_service_deployments().service_deployment_arns(arn).send().await;
        let answer = answer.map_err(|error| self.here(CALL.failed(error)))?;
        Ok(answer.service_deployments.unwrap_or_default().into_iter().next())
    }

    /// The task definition of a service revision.
    pub(super) async fn revision_runs(&self, revision: &str) -> Result<Option<String>> {
        const CALL: Call = reads("observe", "ecs:DescribeServiceRevisions");
        let answer = self.client.describe_service_revisions().service_revision_arns(revision).send().await;
        let answer = answer.map_err(|error| self.here(CALL.failed(error)))?;
        Ok(answer.service_revisions.unwrap_or_default().into_iter().find_map(|revision| revision.task_definition))
    }

    /// Stops a service deployment; ECS goes back by itself.
    pub(super) async fn stop(&self, arn: &str) -> Result<()> {
        const CALL: Call = changes("stop", "ecs:StopServiceDeployment");
        let request = self.client.stop_service_deployment().service_deployment_arn(arn).stop_type(StopServiceDeploymentStopType::Rollback);
        request.send().await.map(drop).map_err(|error| self.here(CALL.failed(error)))
    }
}

/// What endpoints say of a call that they do not know.
fn is_unknown(code: &str) -> bool {
    matches!(code, "UnknownOperationException" | "InvalidAction" | "NotImplemented" | "UnsupportedOperation")
}
