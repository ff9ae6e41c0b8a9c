//! What is wrong with the service, before anything depends on it.

use async_trait::async_trait;
use aws_sdk_ecs::types::Service;
use deployment_core::Result;

use super::{
    seen::{Seen, suits},
    target::EcsRolling,
};
use crate::{
    ecs::{count::count, names::short, roles},
    preflight::{Findings, Needs, Precondition, check},
};

impl EcsRolling {
    /// Looks for everything that is wrong with the service: reads only. Gives warnings if nothing is.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) with all that is wrong in one list; that of a call which could not be
    /// answered.
    pub async fn check(&self) -> Result<Vec<String>> {
        check(self).await
    }

    fn name(&self) -> &str {
        short(&self.0.api.service)
    }

    fn look_at(&self, seen: &Seen, findings: &mut Findings) {
        let (service, name) = (&seen.service, self.name());
        let (runs, wanted) = (service.running_count(), service.desired_count());
        if seen.is_under_way() {
            findings.warn(format!("A rollout of the service {name} is under way, which ours would take the place of."));
        } else if runs < wanted {
            findings.warn(format!("The service {name} runs {runs} of {wanted} tasks."));
        }
        self.look_at_limits(service, findings);
        let Some((_, revision)) = seen.primary() else {
            return findings.problem(format!("The service {name} runs no task definition; deploy it once by other means."));
        };
        let container = &self.0.container;
        let containers: Vec<_> = revision.definition.container_definitions().iter().filter_map(|each| each.name()).collect();
        if !containers.contains(&container.as_str()) {
            let there = containers.join(", ");
            findings.problem(format!("{} has no container {container} (it has {there}); mend ecs.container.", revision.id));
        }
        roles::examine(&revision.definition, findings);
    }
}

impl EcsRolling {
    /// ECS rounds the most down and the least up. Source:
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>.
    fn look_at_limits(&self, service: &Service, findings: &mut Findings) {
        let now = service.deployment_configuration();
        let wanted = self.0.settings.wanted(now);
        let Some(limits) = wanted.as_ref().or(now) else { return };
        let tasks = u64::from(count(service.desired_count()));
        let (most, least) = (limits.maximum_percent().map_or(200, count), limits.minimum_healthy_percent().map_or(100, count));
        let none_more = tasks * u64::from(most) / 100 <= tasks;
        let none_less = (tasks * u64::from(least)).div_ceil(100) >= tasks;
        if tasks > 0 && none_more && none_less {
            findings.warn(format!(
                "With {tasks} tasks ECS may start none more (maximum {most} %) and stop none before (minimum {least} %): a rollout stands still. \
                 Raise the one, or lower the other."
            ));
        }
    }
}

#[async_trait]
impl Precondition for EcsRolling {
    fn describe(&self) -> String {
        format!("the service {}", self.name())
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        let Some(service) = findings.found(self.0.api.service().await)? else { return Ok(()) };
        findings.found(suits(&service))?;
        if let Some(seen) = findings.found(Box::pin(self.0.understand(service)).await)? {
            self.look_at(&seen, findings);
        }
        Ok(())
    }

    async fn needs(&self) -> Result<Needs> {
        let mut needs = Needs::new();
        needs.tasks.extend(self.demand().await?);
        self.permissions(&mut needs).await?;
        Ok(needs)
    }
}
