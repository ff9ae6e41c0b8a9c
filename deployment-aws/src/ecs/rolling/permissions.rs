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
        needs.allow("ecs:ListServiceDeployments", service.service_arn().unwrap_or_default());
        if let Some(revisions) = permissions::of_kind(&service, "service-revision") {
            needs.allow("ecs:DescribeServiceRevisions", revisions);
        }
        if let Some(deployments) = permissions::of_kind(&service, "service-deployment") {
            needs.allow("ecs:DescribeServiceDeployments", deployments.clone());
            if self.0.stop == Stop::Declared {
                needs.allow("ecs:StopServiceDeployment", deployments);
            }
        }
        if let Some(definition) = &definition {
            execution::needs(definition, Agent::of_service(&service), needs);
        }
        Ok(())
    }
}
