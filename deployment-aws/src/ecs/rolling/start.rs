//! Starting a rollout, or stopping one.

use std::sync::Arc;

use aws_sdk_ecs::operation::update_service::builders::UpdateServiceInputBuilder;
use deployment_core::{EffectContext, Error, ErrorKind, Release, Result, RevisionId, Status};

use super::{
    super::{
        count::countable,
        names::{family_and_number, short},
        task_definition::{Changes, Marks, again},
    },
    memory::Primary,
    revision::Revision,
    seen::{Seen, in_order},
    target::{Count, Inner, nothing_deployed},
};

impl Inner {
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
        let desired = countable("capacity.desired", count)?;
        let desired = if self.count == Count::AtLeast { desired.max(seen.service.desired_count()) } else { desired };
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

/// A number of tasks as ECS takes it.
/// The ARN of another revision of the same family.
fn arn_beside(arn: &str, name: &str) -> String {
    format!("{}{name}", arn.strip_suffix(short(arn)).unwrap_or_default())
}
