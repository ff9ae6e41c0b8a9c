//! Alarms before a deployment starts.

use async_trait::async_trait;
use deployment_core::{
    Result,
    gate::{Gate, GateContext, GateVerdict},
};

use super::{
    set::{Alarms, Firing},
    state::list,
};

#[async_trait]
impl Gate for Alarms {
    fn describe(&self) -> String {
        let firing = if self.firing == Firing::Waits { "; waits while one fires" } else { "" };
        format!("{}{firing}", self.description())
    }

    async fn evaluate(&self, _: &GateContext) -> Result<GateVerdict> {
        let standing = self.look().await?;
        let mut reasons: Vec<_> = standing.misconfigured(self.cloudwatch.region()).into_iter().collect();
        if !standing.firing.is_empty() {
            reasons.push(format!("{} alarms fire: {}", standing.firing.len(), list(&standing.firing)));
        }
        if !standing.unknown.is_empty() {
            reasons.push(format!("nothing is known of {}", list(&standing.unknown)));
        }
        let rejects = !standing.missing.is_empty() || (self.firing == Firing::Rejects && !standing.firing.is_empty());
        Ok(match (reasons.is_empty(), rejects) {
            (true, _) => GateVerdict::Pass,
            (false, true) => GateVerdict::reject(reasons.join("; ")),
            (false, false) => GateVerdict::wait(reasons.join("; ")),
        })
    }
}
