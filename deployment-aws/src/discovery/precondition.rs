//! Service discovery before anything changes.

use std::time::Duration;

use async_trait::async_trait;
use deployment_core::Result;

use super::{
    cloud_map::{self, Health, Registry},
    registered::Registered,
    told,
};
use crate::{
    arn::Home,
    ecs::{api::Api, names::short},
    preflight::{Findings, Needs, Precondition, there},
};

/// For how long callers may go on asking for a task that is gone, without a word: a choice of ours.
const SOON: Duration = Duration::from_secs(60);

impl Registered {
    /// What is wrong with the registries of one service, before its tasks are looked at. Whether all are there.
    async fn examine_one(&self, api: &Api, findings: &mut Findings) -> Result<bool> {
        let Some(service) = findings.found(api.service().await)? else { return Ok(false) };
        let Some(arns) = findings.found(self.registries_of(api, &service))? else { return Ok(false) };
        let mut there = true;
        for arn in arns {
            match findings.found(cloud_map::registry(&self.cloud_map, &arn).await)? {
                Some(Some(registry)) => warn_of(&registry, findings),
                Some(None) => {
                    let name = short(&api.service);
                    findings.problem(format!(
                        "There is no registry {arn} in Cloud Map, which {name} is to be registered in; mend the service."
                    ));
                    there = false;
                }
                None => there = false,
            }
        }
        Ok(there)
    }
}

fn warn_of(registry: &Registry, findings: &mut Findings) {
    match registry.health {
        Health::Reported => {}
        Health::Route53 => findings.warn(format!(
            "The health in {registry} is found out by Route 53, from outside; ECS reports nothing there. HealthCheckCustomConfig lets it."
        )),
        Health::Unchecked => findings.warn(format!(
            "Nobody checks health in {registry}: callers are sent to every task that is registered. Make a registry with \
             HealthCheckCustomConfig, which cannot be added to this one; then ECS reports what the containers' health checks say."
        )),
    }
    if registry.ttl > SOON {
        let ttl = registry.ttl.as_secs();
        findings.warn(format!(
            "Names in {registry} may be kept for {ttl} s: for so long callers go on asking for tasks that are gone. Lower the TTL."
        ));
    }
}

#[async_trait]
impl Precondition for Registered {
    fn describe(&self) -> String {
        self.description()
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        let mut there = true;
        for api in &self.services {
            there &= self.examine_one(api, findings).await?;
        }
        // The whole look, as each later one: so every permission that it takes is shown to be there.
        if there && let Some(all) = findings.found(self.look().await)? {
            findings.problems.extend(self.moved(&all).map(|moved| format!("As it is now, {moved}.")));
            for fault in told::faults(&all) {
                findings.warn(format!("As it is now: {fault}."));
            }
        }
        Ok(())
    }

    /// Which action is of which resource: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudmap.html>.
    async fn needs(&self) -> Result<Needs> {
        let mut needs = Needs::new();
        for api in &self.services {
            let Some(service) = there(api.service().await)? else { continue };
            let arn = service.service_arn().unwrap_or_default();
            needs.allow("ecs:DescribeServices", arn);
            needs.allow("ecs:ListTasks", "*");
            if let Some(home) = Home::of(arn) {
                needs.allow("ecs:DescribeTasks", home.arn("ecs", &format!("task/{}/*", short(&api.cluster))));
            }
            for registry in there(self.registries_of(api, &service))?.unwrap_or_default() {
                for action in ["GetInstancesHealthStatus", "GetService", "ListInstances"] {
                    needs.allow(format!("servicediscovery:{action}"), registry.as_str());
                }
            }
        }
        Ok(needs)
    }
}
