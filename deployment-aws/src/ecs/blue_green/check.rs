//! What is wrong with the services, before anything depends on them.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ecs::types::{DeploymentControllerType, DeploymentStrategy, SchedulingStrategy, Service};
use deployment_core::{Percent, Result};

use super::{EcsBlueGreen, callers};
use crate::{
    alb::TargetGroup,
    ecs::{names::short, roles},
    preflight::{Findings, Needs, Precondition, check},
};

/// How long the step that removes a revision may take, unless the plan says otherwise.
const REMOVAL: Duration = Duration::from_secs(300);

impl EcsBlueGreen {
    /// Looks for everything that is wrong with the services, target groups and rules: reads only. Gives warnings if nothing is.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) with all that is wrong in one list; that of a call which could not be
    /// answered.
    pub async fn check(&self) -> Result<Vec<String>> {
        check(self).await
    }

    async fn look_at_draining(&self, group: &TargetGroup, findings: &mut Findings) -> Result<()> {
        match self.router.drains_for(group).await {
            Ok(time) if time + Duration::from_secs(60) > REMOVAL => findings.warn(format!(
                "The target group {group} drains for up to {} s, and the step that removes a revision waits for that, {} s unless the plan says \
                 otherwise; lower deregistration_delay.timeout_seconds, or raise the step's deadline.",
                time.as_secs(),
                REMOVAL.as_secs()
            )),
            // That it cannot be read is told with the load balancer.
            _ => {}
        }
        Ok(())
    }

    async fn look_at_traffic(&self, findings: &mut Findings) -> Result<()> {
        // That the rule cannot be read, or is gone, is told with the load balancer.
        let Ok(routes) = self.router.routes().await else { return Ok(()) };
        let shares = self.apis.each_ref().map(|(_, group)| routes.share(group));
        if shares.iter().all(|share| *share > Percent::ZERO) {
            let [blue, green] = shares;
            findings.problem(format!("Both services have traffic, {blue} and {green}; give one of them all of it."));
        }
        Ok(())
    }
}

#[async_trait]
impl Precondition for EcsBlueGreen {
    fn describe(&self) -> String {
        let [(blue, _), (green, _)] = &self.apis;
        format!("{} and {}", short(&blue.service), short(&green.service))
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        let mut found = Vec::new();
        for (api, group) in &self.apis {
            if let Some(service) = findings.found(api.service().await)? {
                look_at(&service, group, findings);
                if let Some(arn) = service.task_definition() {
                    let runs = findings.found(api.definition(arn).await)?.and_then(|answer| answer.task_definition);
                    runs.iter().for_each(|runs| roles::examine(runs, findings));
                }
                found.push(service);
            }
            self.look_at_draining(group, findings).await?;
        }
        if let [blue, green] = found.as_slice() {
            look_at_both(blue, green, findings);
        }
        self.router.examine(findings).await?;
        self.look_at_traffic(findings).await
    }

    async fn needs(&self) -> Result<Needs> {
        let mut needs = Needs::new();
        needs.tasks.extend(self.demand().await?);
        self.permissions(&mut needs).await?;
        Ok(needs)
    }
}

fn look_at(service: &Service, group: &TargetGroup, findings: &mut Findings) {
    let name = service.service_name().unwrap_or_default();
    if service.status() != Some("ACTIVE") {
        findings.problem(format!("The service {name} is {}; it must be ACTIVE.", service.status().unwrap_or("in no state")));
    }
    let groups: Vec<_> = service.load_balancers().iter().filter_map(|balancer| balancer.target_group_arn()).collect();
    if groups.is_empty() {
        findings.problem(format!("The service {name} has no target group; it must be behind {group}."));
    } else if !groups.contains(&group.arn()) {
        let behind = groups.iter().map(|arn| TargetGroup::told(arn).to_string()).collect::<Vec<_>>().join(", ");
        findings.problem(format!("The service {name} is behind the target group {behind}, not {group}."));
    }
    let controller = service.deployment_controller().map(|controller| controller.r#type());
    if controller.is_some_and(|kind| *kind != DeploymentControllerType::Ecs) {
        findings.problem(format!("The service {name} is deployed by another controller than ECS; its tasks cannot be set here."));
    }
    if service.scheduling_strategy() == Some(&SchedulingStrategy::Daemon) {
        findings.problem(format!("The service {name} is a daemon; it has no number of tasks to be set."));
    }
    look_at_deployments(service, name, findings);
    callers::look_at(service, name, findings);
}

fn look_at_deployments(service: &Service, name: &str, findings: &mut Findings) {
    let Some(configuration) = service.deployment_configuration() else { return };
    if configuration.strategy().is_some_and(|strategy| *strategy != DeploymentStrategy::Rolling) {
        findings.problem(format!("The service {name} moves traffic by itself when it is deployed; set its strategy to ROLLING."));
    }
    match configuration.deployment_circuit_breaker() {
        Some(breaker) if breaker.enable() && breaker.rollback() => findings.problem(format!(
            "The circuit breaker of the service {name} rolls back, to what it ran before; leave it on, and turn its rollback off."
        )),
        Some(breaker) if breaker.enable() => {}
        _ => findings.warn(format!(
            "The service {name} has no circuit breaker: that a release does not start is noticed when the time for the launch is over."
        )),
    }
}

fn look_at_both(blue: &Service, green: &Service, findings: &mut Findings) {
    let groups = |service: &Service| -> Vec<String> {
        service.load_balancers().iter().filter_map(|balancer| balancer.target_group_arn()).map(str::to_owned).collect()
    };
    let second = groups(green);
    for shared in groups(blue).iter().filter(|group| second.contains(group)) {
        findings.problem(format!("Both services are behind the target group {}; give each one of its own.", TargetGroup::told(shared)));
    }
}
