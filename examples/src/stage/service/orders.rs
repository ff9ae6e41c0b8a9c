//! What can be ordered of a service, and when it is refused.

use std::{sync::Arc, time::Duration};

use hyper::header::HeaderName;
use tokio::time::Instant;

use super::{
    super::wire::{BEHAVIOUR, Effect, Happening, Refusal, RefusalKind, Release, Routes, WHOLE},
    keeper,
    revision::Revision,
    state::{Service, State},
};
use crate::demo::Behaviour;

/// More processes than this are a mistake on one machine.
const MOST_INSTANCES: u32 = 64;

impl Service {
    /// Starts a new revision and returns its id.
    pub(crate) fn launch(self: &Arc<Self>, effect: &Effect, release: &Release, instances: u32) -> Result<String, Refusal> {
        refuse_size(instances)?;
        refuse_behaviour(release)?;
        self.with(|state| {
            state.refuse_during_rollout()?;
            Ok(self.found(state, effect, release, instances))
        })
    }

    /// Sets how many instances a revision has.
    pub(crate) fn scale(self: &Arc<Self>, effect: &Effect, revision: &str, instances: u32) -> Result<(), Refusal> {
        if instances > 0 {
            refuse_size(instances)?;
        }
        self.with(|state| {
            state.refuse_during_rollout()?;
            let share = state.routes.share(revision);
            state.living(revision)?;
            if instances == 0 && share > 0 {
                let message = format!("revision {revision:?} has {share} basis points of the traffic and cannot be scaled to nothing");
                return Err(Refusal::new(RefusalKind::StillRouted, message));
            }
            self.staff(state, revision, instances);
            self.log.add(Some(&self.name), Some(effect), Happening::Scaled { revision: revision.to_owned(), instances });
            Ok(())
        })
    }

    /// Sets all routes.
    pub(crate) fn route(&self, effect: &Effect, routes: &Routes) -> Result<(), Refusal> {
        self.with(|state| {
            state.refuse_during_rollout()?;
            state.refuse_routes(routes)?;
            state.set_routes(routes.clone());
            self.log.add(Some(&self.name), Some(effect), Happening::Routed { routes: routes.clone() });
            Ok(())
        })
    }

    /// Drains a revision and stops it. A revision that is being or was retired stays so.
    pub(crate) fn retire(&self, effect: &Effect, revision: &str) -> Result<(), Refusal> {
        let gone = self.with(|state| {
            state.refuse_during_rollout()?;
            if state.get(revision).is_none_or(|revision| revision.retiring) {
                let known = state.recorders.iter().any(|recorder| recorder.revision == revision);
                return if known { Ok(Vec::new()) } else { Err(Refusal::unknown("revision", revision)) };
            }
            if state.routes.reach(revision) {
                let message = format!("revision {revision:?} still has traffic or a test rule: route them elsewhere first");
                return Err(Refusal::new(RefusalKind::StillRouted, message));
            }
            self.log.add(Some(&self.name), Some(effect), Happening::Retiring { revision: revision.to_owned() });
            Ok(state.dismiss(revision))
        })?;
        self.retired(gone);
        Ok(())
    }

    /// Takes everything out of the rotation and waits until all processes are gone, for at most `patience`.
    pub(crate) async fn close(&self, patience: Duration) {
        let gone = self.with(|state| {
            state.set_routes(Routes::default());
            let all: Vec<_> = state.revisions.iter().map(|revision| revision.id.clone()).collect();
            all.iter().flat_map(|revision| state.dismiss(revision)).collect()
        });
        self.retired(gone);
        self.wait(Instant::now() + patience, |state| state.revisions.is_empty().then_some(())).await;
    }

    /// Makes a revision with its instances.
    pub(super) fn found(self: &Arc<Self>, state: &mut State, effect: &Effect, release: &Release, instances: u32) -> String {
        let revision = Revision::new(format!("{}-{}", self.name, state.recorders.len() + 1), effect, release);
        let id = revision.id.clone();
        let launched = Happening::Launched { revision: id.clone(), version: release.version.clone(), instances };
        self.log.add(Some(&self.name), Some(effect), launched);
        state.recorders.push(Arc::clone(&revision.recorder));
        state.revisions.push(revision);
        self.staff(state, &id, instances);
        id
    }

    /// Gives a revision this many instances, each with a keeper; none to one that is on its way out.
    pub(super) fn staff(self: &Arc<Self>, state: &mut State, revision: &str, instances: u32) {
        let Some(revision) = state.find(revision).filter(|found| !found.retiring) else {
            return;
        };
        for instance in revision.resize(instances as usize) {
            tokio::spawn(keeper::keep(Arc::clone(self), revision.id.clone(), revision.release.clone(), instance));
        }
    }
}

impl State {
    /// Takes a revision out of service; returns what is gone already.
    pub(super) fn dismiss(&mut self, revision: &str) -> Vec<String> {
        if let Some(revision) = self.find(revision) {
            revision.retiring = true;
            revision.resize(0);
        }
        self.sweep()
    }

    /// A revision that is there and stays.
    pub(super) fn living(&self, revision: &str) -> Result<&Revision, Refusal> {
        self.get(revision).filter(|found| !found.retiring).ok_or_else(|| Refusal::unknown("revision", revision))
    }

    fn refuse_routes(&self, routes: &Routes) -> Result<(), Refusal> {
        let sum: u64 = routes.split.values().map(|share| u64::from(*share)).sum();
        if !routes.split.is_empty() && sum != u64::from(WHOLE) {
            return Err(Refusal::invalid(format!("the split sums to {sum} basis points, not {WHOLE}")));
        }
        for (revision, share) in &routes.split {
            if self.living(revision)?.healthy() == 0 && *share > 0 {
                let message = format!("revision {revision:?} has no healthy instance and cannot have {share} basis points of the traffic");
                return Err(Refusal::new(RefusalKind::NotHealthy, message));
            }
        }
        for rule in &routes.tests {
            self.living(&rule.revision)?;
            if HeaderName::try_from(&rule.header).is_err() {
                return Err(Refusal::invalid(format!("{:?} is not a header's name", rule.header)));
            }
        }
        Ok(())
    }
}

pub(super) fn refuse_size(instances: u32) -> Result<(), Refusal> {
    if (1..=MOST_INSTANCES).contains(&instances) {
        return Ok(());
    }
    Err(Refusal::invalid(format!("{instances} instances: expected 1 to {MOST_INSTANCES}")))
}

pub(super) fn refuse_behaviour(release: &Release) -> Result<(), Refusal> {
    let behaviour = release.config.get(BEHAVIOUR).map(|text| text.parse::<Behaviour>());
    behaviour.transpose().map(|_| ()).map_err(|error| Refusal::invalid(error.to_string()))
}
