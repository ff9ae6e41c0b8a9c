//! Alarms before anything changes.

use async_trait::async_trait;
use deployment_core::Result;

use super::{
    set::{Alarms, Firing},
    state::list,
};
use crate::preflight::{Findings, Needs, Precondition};

#[async_trait]
impl Precondition for Alarms {
    fn describe(&self) -> String {
        self.description()
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        let Some(standing) = findings.found(self.look().await)? else { return Ok(()) };
        findings.problems.extend(standing.misconfigured(self.cloudwatch.region()));
        if !standing.firing.is_empty() {
            let told = format!("{} fire: {}", standing.firing.len(), list(&standing.firing));
            match self.firing {
                Firing::Rejects => findings.problem(told),
                Firing::Waits => findings.warn(told),
            }
        }
        if !standing.unknown.is_empty() {
            findings.warn(format!("Nothing is known of {}.", list(&standing.unknown)));
        }
        Ok(())
    }

    async fn needs(&self) -> Result<Needs> {
        let mut needs = Needs::new();
        needs.allow("cloudwatch:DescribeAlarms", "*");
        Ok(needs)
    }
}
