//! What the second service has beside the first.

use deployment_core::Result;

use super::{EcsBlueGreen, side::idle};
use crate::{
    ecs::{
        count::count,
        demand::{beside, of_service},
    },
    preflight::{Tasks, there},
};

impl EcsBlueGreen {
    /// As many tasks as the service that serves is to run now, of its task definition, in the place and the subnets of the other one. How many
    /// a launch is told to start is the plan's to say, which is not known here: a plan for more needs more.
    pub(super) async fn demand(&self) -> Result<Vec<Tasks>> {
        let Some(sides) = there(self.sides().await)? else { return Ok(Vec::new()) };
        let Some(routes) = there(self.router.routes().await)? else { return Ok(Vec::new()) };
        // That both have traffic is told by whoever examines it.
        let Ok(free) = idle(&sides, &routes) else { return Ok(Vec::new()) };
        let base = sides.iter().find(|other| other.group != free.group && !other.is_empty()).unwrap_or(free);
        let there = free.running() + count(free.service.pending_count());
        let more = beside(base.desired(), free.service.deployment_configuration(), there);
        let [(api, _), _] = &self.apis;
        Ok(of_service(&api.cluster, &free.service, &base.definition.described, more))
    }
}
