//! What must be allowed for a rollout.

use deployment_core::Result;

use super::target::{EcsRolling, Stop};
use crate::{
    ecs::{
        execution::{self, Agent},
        permissions,
    },
    preflight::Needs,
};

impl EcsRolling {
    pub(super) async fn permissions(&self, needs: &mut Needs) -> Result<()> {
        let Some((service, definition)) = Box::pin(permissions::of_service(&self.0.api, needs)).await? else { return Ok(()) };
        let arn = service.service_arn().unwrap_or_default();
        needs.allow("ecs:ListServiceDeployments", arn);
        let stop = (self.0.stop == Stop::Declared).then_some(("ecs:StopServiceDeployment", "service-deployment"));
        let looks = [("ecs:DescribeServiceRevisions", "service-revision"), ("ecs:DescribeServiceDeployments", "service-deployment")];
        // Each is of the service as well as of what it is about.
        for (action, kind) in looks.into_iter().chain(stop) {
            needs.allow(action, arn);
            permissions::of_kind(&service, kind).into_iter().for_each(|resource| needs.allow(action, resource));
        }
        if let Some(definition) = &definition {
            execution::needs(definition, Agent::of_service(&service), needs);
        }
        Ok(())
    }
}
