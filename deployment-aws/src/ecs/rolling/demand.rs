//! What a rollout has beside the tasks that run.

use deployment_core::Result;

use super::{seen::suits, target::EcsRolling};
use crate::{
    ecs::{
        count::count,
        demand::{beside, of_service},
    },
    preflight::{Tasks, there},
};

impl EcsRolling {
    /// The tasks that ECS may start before it stops as many: up to the service's maximum, or the surge that is declared here, of the number
    /// that it is to run now. They are as large as those of the task definition that it runs now. What a plan says about both is not known
    /// here.
    pub(super) async fn demand(&self) -> Result<Vec<Tasks>> {
        let api = &self.0.api;
        let Some(service) = there(api.service().await)?.filter(|service| suits(service).is_ok()) else { return Ok(Vec::new()) };
        let Some(revision) = there(self.0.revision(service.task_definition().unwrap_or_default()).await)? else { return Ok(Vec::new()) };
        let now = service.deployment_configuration();
        let wanted = self.0.settings.wanted(now);
        let running = count(service.running_count()) + count(service.pending_count());
        let more = beside(count(service.desired_count()), wanted.as_ref().or(now), running);
        Ok(of_service(&api.cluster, &service, &revision.definition, more))
    }
}
