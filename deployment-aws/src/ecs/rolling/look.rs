//! Looking at the service.

use std::{sync::Arc, time::Duration};

use aws_sdk_ecs::types::{
    Deployment, DeploymentRolloutState, Service, ServiceDeploymentBrief, ServiceDeploymentRollbackMonitorsStatus, ServiceDeploymentStatus,
};
use aws_smithy_types::DateTime;
use deployment_core::{Error, ErrorKind, Result};

use super::{
    memory::Primary,
    revision::Revision,
    seen::{Seen, Starter, WentBack, in_order, suits},
    target::Inner,
};

/// A deployment that began within so many seconds after the latest service deployment is its own, and not a way back.
const TOGETHER: i64 = 5;

impl Inner {
    /// What ECS shows now.
    pub(super) async fn look(&self) -> Result<Seen> {
        let service = self.api.service().await?;
        suits(&service)?;
        self.understand(service).await
    }

    /// Finds out what the service's deployments run, and how the primary one came about.
    pub(super) async fn understand(&self, service: Service) -> Result<Seen> {
        let mut deployments = Vec::new();
        for deployment in in_order(&service) {
            let revision = self.revision(deployment.task_definition().unwrap_or_default()).await?;
            deployments.push((deployment, revision));
        }
        let mut seen = Seen { service, deployments, went_back: None, starter: Starter::Registrar, warning: None };
        if let Some((deployment, revision)) = seen.primary() {
            match self.primary(&seen, deployment, revision).await? {
                Some(primary) => {
                    let starter = self.starter(deployment, revision);
                    (seen.went_back, seen.starter, seen.warning) = (primary.went_back, starter, primary.warning.flatten());
                }
                None => seen.starter = Starter::Unknown,
            }
        }
        self.memory.kept().keep(&seen, self.clock.now());
        Ok(seen)
    }

    /// A task definition with its tags; it is asked for once.
    pub(super) async fn revision(&self, arn: &str) -> Result<Arc<Revision>> {
        let known = self.memory.kept().revisions.get(arn).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let answer = self.api.definition(arn).await?;
        let definition =
            answer.task_definition.ok_or_else(|| Error::new(ErrorKind::NotFound, "observe", format!("ECS does not show {arn}")))?;
        let revision = Arc::new(Revision::new(definition, answer.tags.unwrap_or_default(), &self.api.service, &self.container)?);
        self.memory.kept().revisions.insert(arn.to_owned(), Arc::clone(&revision));
        Ok(revision)
    }

    /// How the primary deployment came about; `None` if that cannot be told yet. What does not change is asked for once.
    async fn primary(&self, seen: &Seen, deployment: &Deployment, revision: &Revision) -> Result<Option<Primary>> {
        let id = deployment.id().unwrap_or_default();
        let known = self.memory.kept().primary.clone().filter(|known| known.id == id);
        let mut primary = match known {
            Some(known) => known,
            None => match self.history(seen, deployment, revision).await? {
                Some(primary) => primary,
                None => return Ok(None),
            },
        };
        if primary.warning.is_none() {
            primary.warning = Some(self.warning(&seen.service).await?);
        }
        self.memory.kept().primary = Some(primary.clone());
        Ok(Some(primary))
    }

    /// Whether a deployment is the one that was started here. One whose answer was lost is the first that is seen.
    fn starter(&self, deployment: &Deployment, revision: &Revision) -> Starter {
        let (Some(token), Some(id)) = (revision.marks.latest(), deployment.id()) else { return Starter::Registrar };
        let mut kept = self.memory.kept();
        let started = kept.started.entry(token.clone()).or_insert_with(|| id.to_owned());
        if started == id { Starter::Registrar } else { Starter::Other }
    }

    /// Whether a primary deployment is ECS's own way back, by the service deployments; `None` if they do not show it yet.
    async fn history(&self, seen: &Seen, deployment: &Deployment, revision: &Revision) -> Result<Option<Primary>> {
        use ServiceDeploymentStatus::{RollbackFailed, RollbackInProgress, RollbackRequested, RollbackSuccessful};
        let straight = Primary { id: deployment.id().unwrap_or_default().to_owned(), went_back: None, warning: None };
        let Some(found) = self.api.service_deployments().await? else {
            return Ok(Some(Primary { went_back: went_back(seen), ..straight }));
        };
        self.memory.kept().usual = usual(&found);
        let Some(latest) = found.into_iter().next() else { return Ok(Some(straight)) };
        let target = latest.target_service_revision_arn().unwrap_or_default();
        if !matches!(latest.status(), Some(RollbackFailed | RollbackInProgress | RollbackRequested | RollbackSuccessful)) {
            let began = |at: Option<&DateTime>| at.map_or(0, DateTime::secs);
            let together = began(latest.created_at()) + TOGETHER >= began(deployment.created_at());
            let theirs = together || self.api.revision_runs(target).await?.as_ref() == Some(&revision.arn);
            return Ok(theirs.then_some(straight));
        }
        let Some(runs) = self.api.revision_runs(target).await? else { return Ok(None) };
        let from = self.revision(&runs).await?;
        let reason = latest.status_reason().unwrap_or("ECS gives no reason").to_owned();
        let back = WentBack { token: from.marks.latest().cloned(), revision: from.id.clone(), reason };
        Ok(Some(Primary { went_back: Some(back), ..straight }))
    }

    /// Whether ECS watches the alarms that it was told of. Those that fired already when the rollout began it leaves alone.
    async fn warning(&self, service: &Service) -> Result<Option<String>> {
        let Some(current) = service.current_service_deployment().filter(|_| !self.settings.alarms.is_empty()) else { return Ok(None) };
        let Some(current) = self.api.service_deployment(current).await? else { return Ok(None) };
        let unwatched = current.alarms().and_then(|alarms| alarms.status()) == Some(&ServiceDeploymentRollbackMonitorsStatus::Disabled);
        let told = || format!("ECS does not watch the alarms {}: one fired already when this began.", self.settings.alarms.join(", "));
        Ok(unwatched.then(told))
    }
}

/// How long the latest rollout that succeeded took; what began with no task says nothing.
fn usual(found: &[ServiceDeploymentBrief]) -> Option<Duration> {
    let took = |each: &ServiceDeploymentBrief| {
        let (began, ended) = (each.started_at().or(each.created_at())?, each.finished_at()?);
        let took = Duration::try_from_secs_f64(ended.as_secs_f64() - began.as_secs_f64()).ok()?;
        (each.status() == Some(&ServiceDeploymentStatus::Successful) && took >= Duration::from_secs(1)).then_some(took)
    };
    found.iter().find_map(took)
}

/// The rollout that ECS has taken back, where only the deployments tell: it has failed, and another one is the primary.
fn went_back(seen: &Seen) -> Option<WentBack> {
    let failed = |deployment: &Deployment| deployment.rollout_state() == Some(&DeploymentRolloutState::Failed);
    let (deployment, revision) = seen.deployments.iter().skip(1).find(|(deployment, _)| failed(deployment))?;
    let reason = deployment.rollout_state_reason().unwrap_or("ECS gives no reason").to_owned();
    Some(WentBack { token: revision.marks.latest().cloned(), revision: revision.id.clone(), reason })
}
