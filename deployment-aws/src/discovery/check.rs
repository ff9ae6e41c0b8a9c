//! Service discovery while a candidate is watched.

use async_trait::async_trait;
use deployment_core::{
    Error, ErrorKind, Result, Status,
    health::{HealthCheck, HealthContext, HealthReport},
};

use super::{registered::Registered, told};

const OPERATION: &str = "check service discovery";

#[async_trait]
impl HealthCheck for Registered {
    fn describe(&self) -> String {
        self.description()
    }

    async fn check(&self, _: &HealthContext) -> Result<HealthReport> {
        let all = self.look().await?;
        let mut faults: Vec<_> = self.moved(&all).into_iter().collect();
        faults.extend(told::faults(&all));
        if !faults.is_empty() {
            return Ok(HealthReport::unhealthy(faults.join("; ")));
        }
        match told::unknown(&all) {
            Some(unknown) => Err(Error::new(ErrorKind::Failed, OPERATION, unknown).with_status(Status::Temporary)),
            None => Ok(HealthReport::healthy(told::well(&all))),
        }
    }
}
