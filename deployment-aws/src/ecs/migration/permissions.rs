//! What must be allowed for a one-off task.

use aws_sdk_ecs::types::LaunchType;
use deployment_core::Result;

use super::{builder::EcsTaskMigration, calls, logs};
use crate::{
    arn::Home,
    ecs::{
        execution::{self, Agent},
        names::short,
        permissions,
    },
    preflight::{Needs, there},
};

impl EcsTaskMigration {
    pub(super) async fn permissions(&self, needs: &mut Needs) -> Result<()> {
        let Some(definition) = there(calls::definition(&self.client, &self.settings).await)? else { return Ok(()) };
        let Some(home) = definition.task_definition_arn().and_then(Home::of) else { return Ok(()) };
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
        permissions::of_passing(&definition, needs);
        if let Some(group) = self.container(&definition).ok().and_then(logs::group) {
            needs.allow("logs:GetLogEvents", home.arn("logs", &format!("log-group:{group}:log-stream:*")));
        }
        let agent = if self.settings.launch == LaunchType::Fargate { Agent::Fargate } else { Agent::Instance };
        execution::needs(&definition, agent, needs);
        Ok(())
    }
}
