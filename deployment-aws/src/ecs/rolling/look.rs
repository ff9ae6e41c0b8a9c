//! Looking at the service.

use std::sync::Arc;

use aws_sdk_ecs::types::{Deployment, Service, ServiceDeploymentRollbackMonitorsStatus, ServiceDeploymentStatus};
use aws_smithy_types::DateTime;
use deployment_core::{Error, ErrorKind, Result};

use super::{
    memory::Primary,
    revision::Revision,
    seen::{Seen, Starter, WentBack, in_order, suits},
    target::Inner,
};

/// How many seconds a service deployment may wait until its deployment begins, before it counts as that of an earlier one.
const QUEUED: i64 = 60;

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
            let primary = self.primary(&seen.service, deployment).await?;
            let starter = self.starter(deployment, revision);
            (seen.went_back, seen.starter, seen.warning) = (primary.went_back, starter, primary.warning.flatten());
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

    /// How the primary deployment came about. What does not change is asked for once.
    async fn primary(&self, service: &Service, deployment: &Deployment) -> Result<Primary> {
        let id = deployment.id().unwrap_or_default();
        let known = self.memory.kept().primary.clone().filter(|known| known.id == id);
        let mut primary = match known {
            Some(known) => known,
            None => match self.history(deployment).await? {
                Some(primary) => primary,
                None => return Ok(Primary { id: id.to_owned(), went_back: None, warning: None }),
            },
        };
        if primary.warning.is_none() {
            primary.warning = Some(self.warning(service).await?);
        }
        self.memory.kept().primary = Some(primary.clone());
        Ok(primary)
    }

    /// Whether a deployment is the one that was started here. One whose answer was lost is the first that is seen.
    fn starter(&self, deployment: &Deployment, revision: &Revision) -> Starter {
        let (Some(token), Some(id)) = (revision.marks.latest(), deployment.id()) else { return Starter::Registrar };
        let mut kept = self.memory.kept();
        let started = kept.started.entry(token.clone()).or_insert_with(|| id.to_owned());
        if started == id { Starter::Registrar } else { Starter::Other }
    }

    /// Whether a primary deployment is ECS's own way back, by the service deployments; `None` if they do not show it yet.
    async fn history(&self, deployment: &Deployment) -> Result<Option<Primary>> {
        use ServiceDeploymentStatus::{RollbackFailed, RollbackInProgress, RollbackRequested, RollbackSuccessful};
        let straight = Primary { id: deployment.id().unwrap_or_default().to_owned(), went_back: None, warning: None };
        let Some(latest) = self.api.service_deployments().await?.and_then(|found| found.into_iter().next()) else {
            return Ok(Some(straight));
        };
        if !matches!(latest.status(), Some(RollbackFailed | RollbackInProgress | RollbackRequested | RollbackSuccessful)) {
            let began = |at: Option<&DateTime>| at.map_or(0, DateTime::secs);
            let shown = began(latest.created_at()) + QUEUED >= began(deployment.created_at());
            return Ok(shown.then_some(straight));
        }
        let target = latest.target_service_revision_arn().unwrap_or_default();
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
