//! What is wrong with the task, before anything depends on it.

use async_trait::async_trait;
use deployment_core::Result;

use super::{builder::EcsTaskMigration, calls};
use crate::{
    ecs::roles,
    preflight::{Findings, Needs, Precondition},
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
        needs.tasks.extend(self.demand().await?);
        self.permissions(&mut needs).await?;
        Ok(needs)
    }
}
