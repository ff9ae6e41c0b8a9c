//! Looking at the service, and starting a rollout.

use std::sync::Arc;

use aws_sdk_ecs::{
    operation::update_service::builders::UpdateServiceInputBuilder,
    types::{Deployment, Service, ServiceDeploymentRollbackMonitorsStatus, ServiceDeploymentStatus},
};
use aws_smithy_types::DateTime;
use deployment_core::{EffectContext, Error, ErrorKind, Release, Result, RevisionId, Status};

use super::{
    super::{
        names::{family_and_number, short},
        task_definition::{Changes, Marks, again},
    },
    memory::Primary,
    revision::Revision,
    seen::{Seen, Starter, WentBack, in_order, suits},
    target::{Inner, nothing_deployed},
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
    async fn understand(&self, service: Service) -> Result<Seen> {
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
    async fn revision(&self, arn: &str) -> Result<Arc<Revision>> {
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

    pub(super) async fn replace(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        let fresh = self.memory.kept().fresh(self.clock.now());
        let seen = match fresh {
            Some(seen) => seen,
            None => self.look().await?,
        };
        if let Some(made) = seen.made_by(&context.token) {
            return Ok(made);
        }
        let done = self.begin(context, release, count, &seen).await;
        if done.is_err() {
            self.memory.kept().forget();
        }
        done
    }

    async fn begin(&self, context: &EffectContext, release: &Release, count: u32, seen: &Seen) -> Result<RevisionId> {
        let (_, current) = seen.primary().ok_or_else(nothing_deployed)?;
        let registered = self.memory.kept().registered.get(&context.token).cloned();
        let revision = match registered {
            Some(revision) => revision,
            None => match self.earlier(seen, release).await? {
                Some(earlier) => self.take_up(context, &earlier, current).await?,
                None => self.register(context, release, current).await?,
            },
        };
        self.memory.kept().registered.insert(context.token.clone(), Arc::clone(&revision));
        self.roll_out(context, &revision, count, seen).await?;
        Ok(revision.id.clone())
    }

    /// What ran before and runs this release: the way back takes it up again.
    async fn earlier(&self, seen: &Seen, release: &Release) -> Result<Option<Arc<Revision>>> {
        let Some((_, current)) = seen.primary() else { return Ok(None) };
        // ECS is on its way there already.
        if seen.is_under_way() && current.runs(release) {
            return Ok(Some(Arc::clone(current)));
        }
        let Some(before) = current.marks.replaces.as_deref().filter(|_| !current.runs(release)) else { return Ok(None) };
        let before = self.revision(&arn_beside(&current.arn, before)).await?;
        Ok(Some(before).filter(|before| before.is_active() && before.runs(release)))
    }

    /// Makes an earlier revision recognisable as what this effect deploys.
    async fn take_up(&self, context: &EffectContext, earlier: &Revision, current: &Revision) -> Result<Arc<Revision>> {
        let (again, deployment) = (Some(context.token.clone()), Some(context.deployment.clone()));
        let marks = Marks { again, deployment, release: earlier.release.clone(), ..earlier.marks.clone() };
        let tags = marks.with(&[])?;
        self.api.tag(&earlier.arn, tags).await.map_err(|error| {
            // Tags alone deploy nothing, unless ECS is on its way there.
            if error.status() == Status::InDoubt && earlier.arn != current.arn { error.with_status(Status::Temporary) } else { error }
        })?;
        let taken = Arc::new(Revision { marks, ..earlier.clone() });
        self.memory.kept().revisions.insert(taken.arn.clone(), Arc::clone(&taken));
        Ok(taken)
    }

    /// Registers a task definition: the one that runs, with what the release declares.
    async fn register(&self, context: &EffectContext, release: &Release, current: &Revision) -> Result<Arc<Revision>> {
        let mut next = current.definition.clone();
        if !current.runs(release) {
            Changes::of(release)?.make(&mut next, &self.container)?;
        }
        let marks = Marks {
            token: Some(context.token.clone()),
            again: None,
            deployment: Some(context.deployment.clone()),
            release: Some(release.clone()),
            replaces: Some(current.id.as_str().to_owned()),
        };
        let tags = marks.with(&current.tags)?;
        // The first driver's first try has registered nothing yet.
        let first = self.memory.kept().tried.insert(context.token.clone()) && context.epoch <= 1;
        if !first && let Some(found) = self.find(context, current).await? {
            return Ok(found);
        }
        let definition = self.api.register(again(&next).set_tags(Some(tags.clone()))).await?;
        let revision = Arc::new(Revision::new(definition, tags, &self.api.service, &self.container)?);
        self.memory.kept().revisions.insert(revision.arn.clone(), Arc::clone(&revision));
        Ok(revision)
    }

    /// What an earlier try has registered: it is newer than what runs, and carries the token.
    async fn find(&self, context: &EffectContext, current: &Revision) -> Result<Option<Arc<Revision>>> {
        let (family, number) = family_and_number(&current.arn).unwrap_or_default();
        let mut next = None;
        loop {
            let (page, more) = self.api.definitions(family, next).await?;
            for arn in &page {
                // A prefix may be that of other families too.
                match family_and_number(arn) {
                    Some((of, newer)) if of == family && newer > number => {}
                    Some((of, _)) if of == family => return Ok(None),
                    _ => continue,
                }
                let revision = self.revision(arn).await?;
                if revision.marks.token.as_ref() == Some(&context.token) {
                    return Ok(Some(revision));
                }
            }
            match more {
                Some(more) => next = Some(more),
                None => return Ok(None),
            }
        }
    }

    /// Tells ECS what to run. What was not declared is not sent, and stays.
    async fn roll_out(&self, context: &EffectContext, revision: &Revision, count: u32, seen: &Seen) -> Result<()> {
        let desired =
            i32::try_from(count).map_err(|_| Error::invalid("capacity.desired", format!("{count} is more than ECS can count")))?;
        let configuration = self.settings.wanted(seen.service.deployment_configuration());
        let input = UpdateServiceInputBuilder::default().task_definition(&revision.arn).desired_count(desired);
        let service = self.api.update(input.set_deployment_configuration(configuration)).await?;
        let ours = in_order(&service).into_iter().next().filter(|primary| primary.task_definition() == Some(&revision.arn));
        if let Some(id) = ours.and_then(|primary| primary.id) {
            let mut kept = self.memory.kept();
            kept.started.insert(context.token.clone(), id.clone());
            kept.primary = Some(Primary { id, went_back: None, warning: None });
        }
        // What ECS answers is a look. If it cannot be understood now, the next look will tell.
        if self.understand(service).await.is_err() {
            self.memory.kept().forget();
        }
        Ok(())
    }

    /// Stops the service deployment that is under way.
    pub(super) async fn stop_current(&self, seen: &Seen) -> Result<()> {
        let missing = || Error::new(ErrorKind::NotFound, "stop", "ECS does not show the service deployment that is under way");
        let current = seen.service.current_service_deployment().ok_or_else(missing)?;
        self.memory.kept().forget();
        self.api.stop(current).await
    }
}

/// The ARN of another revision of the same family.
fn arn_beside(arn: &str, name: &str) -> String {
    format!("{}{name}", arn.strip_suffix(short(arn)).unwrap_or_default())
}
