//! One of the two services, as it was read.

use std::sync::Arc;

use aws_sdk_ecs::types::{Deployment, DeploymentRolloutState, Service};
use deployment_core::{Error, ErrorKind, Percent, Result, RevisionId, Token};

use super::definition::Definition;
use crate::{
    alb::{GroupRoutes, TargetGroup},
    ecs::count::count,
};

/// A service with what it runs, and the target group that it is behind.
#[derive(Debug, Clone)]
pub(super) struct Side {
    pub(super) service: Service,
    pub(super) group: TargetGroup,
    pub(super) definition: Arc<Definition>,
    pub(super) revision: RevisionId,
}

impl Side {
    pub(super) fn name(&self) -> &str {
        self.service.service_name().unwrap_or_default()
    }

    pub(super) fn token(&self) -> Option<&Token> {
        self.definition.marks.token.as_ref()
    }

    pub(super) fn desired(&self) -> u32 {
        count(self.service.desired_count())
    }

    pub(super) fn running(&self) -> u32 {
        count(self.service.running_count())
    }

    /// Whether nothing runs here, and nothing is to.
    pub(super) fn is_empty(&self) -> bool {
        self.desired() == 0 && self.running() == 0 && self.service.pending_count() == 0
    }

    /// Tasks of other task definitions than the one that the service is to run: they are being replaced.
    pub(super) fn others_running(&self) -> u32 {
        let others = self.service.deployments().iter().filter(|deployment| !is_primary(deployment));
        others.map(|deployment| count(deployment.running_count())).sum()
    }

    /// Why ECS has given up to start what the service is to run, if it has.
    pub(super) fn failure(&self) -> Option<String> {
        let primary = self.service.deployments().iter().find(|deployment| is_primary(deployment))?;
        let failed = primary.rollout_state() == Some(&DeploymentRolloutState::Failed);
        failed.then(|| primary.rollout_state_reason().unwrap_or("ECS gives no reason").to_owned())
    }

    /// The container that gets the requests, if the service is behind its target group.
    pub(super) fn container(&self) -> Result<&str> {
        let balancers = self.service.load_balancers().iter();
        let ours = balancers
            .filter(|balancer| balancer.target_group_arn() == Some(self.group.arn()))
            .find_map(|balancer| balancer.container_name());
        ours.ok_or_else(|| {
            let message = format!("the service {} is not behind the target group {}; `check` says what is wrong", self.name(), self.group);
            Error::new(ErrorKind::InvalidInput, "launch", message)
        })
    }
}

fn is_primary(deployment: &Deployment) -> bool {
    deployment.status() == Some("PRIMARY")
}

/// The side that a launch goes to: the one without traffic. Where both have none it is one that runs nothing.
pub(super) fn idle<'a>(sides: &'a [Side; 2], routes: &GroupRoutes) -> Result<&'a Side> {
    // A rule's weight is somewhere also before the first deployment, usually at the first: the second is the one to take.
    let free = || sides.iter().rev().filter(|side| routes.share(&side.group) == Percent::ZERO);
    free().find(|side| side.is_empty()).or_else(|| free().next()).ok_or_else(|| {
        let [blue, green] = sides.each_ref().map(Side::name);
        let message = format!("both {blue} and {green} have traffic, none is free; give one of them all of it");
        Error::new(ErrorKind::Conflict, "launch", message)
    })
}
