//! What ECS shows of a service at one moment.

use std::sync::Arc;

use aws_sdk_ecs::types::{Deployment, DeploymentControllerType, DeploymentRolloutState, DeploymentStrategy, SchedulingStrategy, Service};
use deployment_core::{Error, ErrorKind, Result, RevisionId, Token};

use super::revision::Revision;

/// One look at the service, with the task definitions of its deployments.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) service: Service,
    /// The primary deployment first; each with what it runs.
    pub(super) deployments: Vec<(Deployment, Arc<Revision>)>,
    /// The rollout that ECS has taken back, if the primary deployment is the way back from it.
    pub(super) went_back: Option<WentBack>,
    /// Whose the primary deployment is.
    pub(super) starter: Starter,
    /// Something about the primary deployment that a person should know.
    pub(super) warning: Option<String>,
}

/// Whose a deployment is, where that cannot be told from what it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Starter {
    /// Theirs who registered what it runs.
    Registrar,
    /// Somebody else's, who has deployed the same once more.
    Other,
    /// ECS does not show yet how it came about.
    Unknown,
}

/// A rollout that ECS has taken back by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WentBack {
    pub(super) token: Option<Token>,
    pub(super) revision: RevisionId,
    pub(super) reason: String,
}

impl Seen {
    /// The deployment that ECS is at.
    pub(super) fn primary(&self) -> Option<(&Deployment, &Arc<Revision>)> {
        self.deployments.first().map(|(deployment, revision)| (deployment, revision))
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.primary().is_some_and(|(deployment, _)| deployment.rollout_state() == Some(&DeploymentRolloutState::InProgress))
    }

    /// Tasks of the rollout that is under way have failed.
    pub(super) fn has_failed_tasks(&self) -> bool {
        self.primary().is_some_and(|(deployment, _)| deployment.failed_tasks() > 0)
    }

    /// The revision that the effect with this token has made run, also if ECS has taken it back or it was superseded.
    pub(super) fn made_by(&self, token: &Token) -> Option<RevisionId> {
        let primary = self.primary().filter(|(_, revision)| revision.marks.latest() == Some(token)).map(|(_, revision)| revision);
        let taken_back = self.went_back.as_ref().filter(|back| back.token.as_ref() == Some(token)).map(|back| &back.revision);
        // What is taken up again is marked before it is deployed, and may be on its way out until then.
        let superseded = || self.deployments.iter().find(|(_, revision)| revision.marks.token.as_ref() == Some(token));
        let made = primary.map(|revision| &revision.id).or(taken_back);
        made.or_else(|| superseded().map(|(_, revision)| &revision.id)).cloned()
    }
}

/// The deployments of a service, the primary one first.
pub(super) fn in_order(service: &Service) -> Vec<Deployment> {
    let mut deployments = service.deployments().to_vec();
    deployments.sort_by_key(|deployment| deployment.status() != Some("PRIMARY"));
    deployments
}

/// Refuses a service that a rolling deployment is not for.
pub(super) fn suits(service: &Service) -> Result<()> {
    let name = service.service_name().unwrap_or_default();
    let refused = |what: String, fix: &str| {
        let message = format!("the service {name} {what}; {fix}");
        Err(Error::new(ErrorKind::InvalidInput, "observe", message))
    };
    if service.status() != Some("ACTIVE") {
        return refused(format!("is {}, not ACTIVE", service.status().unwrap_or("gone")), "create it anew, or mend ecs.service");
    }
    let controller = service.deployment_controller().map(|controller| controller.r#type());
    if let Some(other) = controller.filter(|controller| **controller != DeploymentControllerType::Ecs) {
        return refused(format!("has the deployment controller {other}"), "EcsRolling is for services with the controller ECS");
    }
    let strategy = service.deployment_configuration().and_then(|configuration| configuration.strategy());
    if let Some(other) = strategy.filter(|strategy| **strategy != DeploymentStrategy::Rolling) {
        return refused(format!("has the deployment strategy {other}"), "EcsRolling is for services with the strategy ROLLING");
    }
    if service.scheduling_strategy() == Some(&SchedulingStrategy::Daemon) {
        return refused("is a DAEMON".into(), "EcsRolling is for services with a number of tasks (REPLICA)");
    }
    Ok(())
}
