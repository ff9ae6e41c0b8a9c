//! Alarms while a candidate is watched.

use async_trait::async_trait;
use deployment_core::{
    Error, ErrorKind, Result,
    health::{HealthCheck, HealthContext, HealthReport},
};

use super::{set::Alarms, state::list};

const OPERATION: &str = "check alarms";

#[async_trait]
impl HealthCheck for Alarms {
    fn describe(&self) -> String {
        self.description()
    }

    async fn check(&self, _: &HealthContext) -> Result<HealthReport> {
        let standing = self.look().await?;
        if !standing.firing.is_empty() {
            return Ok(HealthReport::unhealthy(format!("{} of CloudWatch fire: {}", standing.firing.len(), list(&standing.firing))));
        }
        if let Some(fault) = standing.misconfigured(self.cloudwatch.region()) {
            return Err(Error::new(ErrorKind::InvalidInput, OPERATION, fault));
        }
        if !standing.unknown.is_empty() {
            let message = format!("nothing is known of {}", list(&standing.unknown));
            return Err(self.cloudwatch.named(Error::new(ErrorKind::Failed, OPERATION, message)));
        }
        Ok(HealthReport::healthy(format!("{} alarms, none fires", standing.well)))
    }
}
