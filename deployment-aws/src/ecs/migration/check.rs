//! What is wrong with the task, before anything depends on it.

use async_trait::async_trait;
use aws_sdk_ecs::types::LaunchType;
use deployment_core::Result;

use super::{builder::EcsTaskMigration, calls, logs};
use crate::{
    arn::Home,
    ecs::{
        execution::{self, Agent},
        names::short,
        permissions, roles,
    },
    preflight::{Findings, Needs, Precondition, there},
};

#[async_trait]
impl Precondition for EcsTaskMigration {
    fn describe(&self) -> String {
        format!("the migration by {}", self.settings.task_definition)
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        let cluster = &self.settings.cluster;
        match findings.if_allowed(calls::cluster(&self.client, &self.settings).await)? {
            Some(None) => {
                findings.problem(format!("There is no cluster {cluster} in this account and region; mend the name given by task."));
            }
            Some(Some(state)) if state != "ACTIVE" => findings.problem(format!("The cluster {cluster} is {state}; it must be ACTIVE.")),
            _ => {}
        }
        if let Some(definition) = findings.found(calls::definition(&self.client, &self.settings).await)? {
            findings.found(self.container(&definition))?;
            roles::examine(&definition, findings);
        }
        Ok(())
    }

    async fn needs(&self) -> Result<Needs> {
        let mut needs = Needs::new();
        let Some(definition) = there(calls::definition(&self.client, &self.settings).await)? else { return Ok(needs) };
        let Some(home) = definition.task_definition_arn().and_then(Home::of) else { return Ok(needs) };
        let cluster = short(&self.settings.cluster);
        for action in ["ecs:DescribeTaskDefinition", "ecs:ListTasks"] {
            needs.allow(action, "*");
        }
        needs.allow("ecs:DescribeClusters", home.arn("ecs", &format!("cluster/{cluster}")));
        for action in ["ecs:DescribeTasks", "ecs:StopTask", "ecs:TagResource"] {
            needs.allow(action, home.arn("ecs", &format!("task/{cluster}/*")));
        }
        if let Some(family) = permissions::family(&definition) {
            needs.allow("ecs:RunTask", family);
        }
        permissions::of_passing(&definition, &mut needs);
        if let Some(group) = self.container(&definition).ok().and_then(logs::group) {
            needs.allow("logs:GetLogEvents", home.arn("logs", &format!("log-group:{group}:*")));
        }
        let agent = if self.settings.launch == LaunchType::Fargate { Agent::Fargate } else { Agent::Instance };
        execution::needs(&definition, agent, &mut needs);
        Ok(needs)
    }
}
