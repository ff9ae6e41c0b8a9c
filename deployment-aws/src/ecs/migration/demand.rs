//! What a migration has beside what runs.

use deployment_core::Result;

use super::{builder::EcsTaskMigration, calls};
use crate::{
    ecs::demand::{place, size},
    preflight::{Tasks, there},
};

impl EcsTaskMigration {
    /// One task: one operation is asked for at a time.
    pub(super) async fn demand(&self) -> Result<Vec<Tasks>> {
        let Some(definition) = there(calls::definition(&self.client, &self.settings).await)? else { return Ok(Vec::new()) };
        let (cpu, memory) = size(&definition);
        Ok(vec![Tasks {
            of: format!("the migration by {}", self.settings.task_definition),
            cluster: self.settings.cluster.clone(),
            count: 1,
            cpu,
            memory,
            place: place(Some(&self.settings.launch)),
            subnets: self.settings.subnets.clone(),
        }])
    }
}
