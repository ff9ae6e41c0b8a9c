//! The mutating calls.

use super::{
    history::{Cause, Effect},
    rollout::Run,
    world::World,
};
use crate::{
    context::EffectContext,
    error::{Error, ErrorKind, Result},
    id::{RevisionId, Token},
    release::Release,
    share::Routes,
    target::{Capability, RolloutState},
};

/// For how many deployments the highest epoch is remembered.
const FENCES: usize = 16;

impl World {
    /// Refuses an epoch that is lower than one of the same deployment before. Epochs are a deployment's own: the next one begins again.
    fn fence(&mut self, context: &EffectContext) -> Result<()> {
        if !self.config.fenced {
            return Ok(());
        }
        if let Some((_, seen)) = self.epochs.iter_mut().find(|(deployment, _)| *deployment == context.deployment) {
            if context.epoch < *seen {
                let message = format!("epoch {} asks, but epoch {seen} was here before", context.epoch);
                return Err(Error::new(ErrorKind::Fenced, "memory target", message));
            }
            *seen = context.epoch;
            return Ok(());
        }
        if self.epochs.len() == FENCES {
            self.epochs.remove(0);
        }
        self.epochs.push((context.deployment.clone(), context.epoch));
        Ok(())
    }

    fn can(&self, capability: Capability, operation: &'static str) -> Result<()> {
        if self.config.capabilities.has(capability) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Unsupported, operation, format!("this target cannot {capability}")))
    }

    fn has_room(&self, more: u32, operation: &'static str) -> Result<()> {
        let used: u32 = self.core.revisions.iter().map(|revision| revision.desired).sum();
        match self.config.capacity_limit {
            Some(limit) if used.saturating_add(more) > limit => {
                let message = format!("no room for {more} more instances: {used} of {limit} are taken");
                Err(Error::new(ErrorKind::Failed, operation, message))
            }
            _ => Ok(()),
        }
    }

    /// The revision that a launch with this token has made, unless this target forgets.
    fn known(&self, token: &Token) -> Option<RevisionId> {
        if self.config.forgets_tokens { None } else { self.tokens.get(token).cloned() }
    }

    fn did(&mut self, context: &EffectContext, effect: Effect) {
        self.changed(Cause::Called { effect, context: context.clone() });
    }

    pub(super) fn launch(&mut self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        self.can(Capability::Launch, "launch")?;
        self.fence(context)?;
        if let Some(revision) = self.known(&context.token) {
            self.did(context, Effect::Launch { revision: revision.clone(), count });
            return Ok(revision);
        }
        self.has_room(count, "launch")?;
        let mut revision = self.make_revision(Some(release));
        let id = revision.id.clone();
        revision.token = Some(context.token.clone());
        revision.add(self.now, count, self.config.readiness, self.config.stagger);
        self.core.revisions.push(revision);
        self.tokens.insert(context.token.clone(), id.clone());
        self.did(context, Effect::Launch { revision: id.clone(), count });
        Ok(id)
    }

    pub(super) fn replace(&mut self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        self.can(Capability::Replace, "replace")?;
        self.fence(context)?;
        if let Some(revision) = self.known(&context.token) {
            self.did(context, Effect::Replace { revision: revision.clone(), count });
            return Ok(revision);
        }
        if self.config.capacity_limit.is_some_and(|limit| count > limit) {
            return Err(Error::new(ErrorKind::Failed, "replace", format!("no room for {count} instances")));
        }
        let mut revision = self.make_revision(Some(release));
        let id = revision.id.clone();
        revision.token = Some(context.token.clone());
        self.tokens.insert(context.token.clone(), id.clone());
        let replaced = self.core.revisions.iter().map(|old| (old.id.clone(), old.desired)).collect();
        self.core.revisions.push(revision);
        self.core.rollout = Some(Run::new(context.token.clone(), id.clone(), count, replaced));
        self.drive_rollout();
        self.did(context, Effect::Replace { revision: id.clone(), count });
        Ok(id)
    }

    pub(super) fn route(&mut self, context: &EffectContext, routes: &Routes) -> Result<()> {
        let whole = routes.split.is_empty() || routes.split.sole().is_some();
        if !whole || !self.config.capabilities.has(Capability::Split) {
            self.can(if whole { Capability::Switch } else { Capability::Split }, "route")?;
        }
        for (rule, _) in &routes.tests {
            self.can(Capability::of_test(rule), "route")?;
        }
        self.fence(context)?;
        let named = routes.split.iter().map(|(id, _)| id).chain(routes.tests.iter().map(|(_, id)| id));
        for id in named {
            self.revision(id).ok_or_else(|| unknown("route", id))?;
        }
        self.accept_routes(routes.clone());
        self.did(context, Effect::Route { routes: routes.clone() });
        Ok(())
    }

    pub(super) fn scale(&mut self, context: &EffectContext, id: &RevisionId, count: u32) -> Result<()> {
        self.can(Capability::Scale, "scale")?;
        self.fence(context)?;
        let now = self.revision(id).ok_or_else(|| unknown("scale", id))?.desired;
        self.has_room(count.saturating_sub(now), "scale")?;
        self.set_count(id, count);
        self.did(context, Effect::Scale { revision: id.clone(), count });
        Ok(())
    }

    /// Adds or removes instances until there are `count`.
    pub(super) fn set_count(&mut self, id: &RevisionId, count: u32) {
        let (now, readiness, stagger) = (self.now, self.config.readiness, self.config.stagger);
        let Some(revision) = self.revision_mut(id) else { return };
        if count > revision.desired {
            revision.add(now, count - revision.desired, readiness, stagger);
        } else {
            revision.remove(revision.desired - count);
        }
    }

    pub(super) fn retire(&mut self, context: &EffectContext, id: &RevisionId) -> Result<()> {
        self.fence(context)?;
        let share = self.core.routes.split.share(id);
        if share.basis_points() > 0 {
            return Err(Error::new(ErrorKind::Conflict, "retire", format!("{id} has {share} of traffic; route it away first")));
        }
        if self.core.routes.tests.iter().any(|(_, reached)| reached == id) {
            return Err(Error::new(ErrorKind::Conflict, "retire", format!("a test rule still reaches {id}; route without it first")));
        }
        self.remove_revision(id);
        self.did(context, Effect::Retire { revision: id.clone() });
        Ok(())
    }

    pub(super) fn stop(&mut self, context: &EffectContext, rollout: &Token) -> Result<()> {
        self.can(Capability::Stop, "stop")?;
        self.fence(context)?;
        let run = self.the_rollout("stop", rollout)?;
        if run.is_under_way() {
            run.end(RolloutState::Failed, "stopped");
        }
        self.did(context, Effect::Stop { rollout: rollout.clone() });
        Ok(())
    }

    pub(super) fn proceed(&mut self, context: &EffectContext, rollout: &Token) -> Result<()> {
        self.can(Capability::Replace, "proceed")?;
        self.fence(context)?;
        self.the_rollout("proceed", rollout)?.go_on();
        self.drive_rollout();
        self.did(context, Effect::Proceed { rollout: rollout.clone() });
        Ok(())
    }

    fn the_rollout(&mut self, operation: &'static str, token: &Token) -> Result<&mut Run> {
        let missing = || Error::new(ErrorKind::NotFound, operation, format!("there is no rollout {token}"));
        self.core.rollout.as_mut().filter(|run| run.is(token)).ok_or_else(missing)
    }
}

fn unknown(operation: &'static str, revision: &RevisionId) -> Error {
    Error::new(ErrorKind::NotFound, operation, format!("there is no revision {revision}"))
}
