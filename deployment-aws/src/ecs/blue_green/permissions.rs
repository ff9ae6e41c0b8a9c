//! What must be allowed for two services behind one rule.

use deployment_core::Result;

use super::EcsBlueGreen;
use crate::{
    ecs::{
        execution::{self, Agent},
        permissions,
    },
    preflight::{Needs, Precondition as _},
};

impl EcsBlueGreen {
    pub(super) async fn permissions(&self, needs: &mut Needs) -> Result<()> {
        needs.extend(self.router.needs().await?);
        for (api, _) in &self.apis {
            if let Some((service, Some(definition))) = Box::pin(permissions::of_service(api, needs)).await? {
                execution::needs(&definition, Agent::of_service(&service), needs);
            }
        }
        Ok(())
    }
}
