//! What is simulated: how things stand, and how they get from one moment to the next.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::{
    builder::Config,
    history::{Cause, HistoryEvent, RevisionSnapshot, Snapshot, next_order},
    revision::Revision,
    rollout::Run,
    traffic::{Load, Traffic},
};
use crate::{
    id::{DeploymentId, RevisionId, Token},
    release::Release,
    share::{Percent, Routes},
    target::TargetView,
};

/// How things stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Core {
    pub(super) revisions: Vec<Revision>,
    pub(super) routes: Routes,
    /// Routes that were accepted, and when they apply.
    pub(super) accepted: Option<(Duration, Routes)>,
    pub(super) rollout: Option<Run>,
    pub(super) events: Vec<String>,
}

/// How things stand, stood and came about.
#[derive(Debug)]
pub(super) struct World {
    pub(super) config: Arc<Config>,
    pub(super) core: Core,
    pub(super) traffic: Traffic,
    /// Everything up to here has happened.
    pub(super) now: Duration,
    pub(super) made: u32,
    /// Which launch made what, also if it is gone.
    pub(super) tokens: BTreeMap<Token, RevisionId>,
    pub(super) epochs: Vec<(DeploymentId, u64)>,
    /// How things stood, as far back as the read lag reaches; empty without one.
    past: VecDeque<(Duration, Core)>,
    history: Vec<HistoryEvent>,
}

/// How many of the platform's own messages are kept.
const MESSAGES: usize = 8;

impl World {
    pub(super) fn new(config: Arc<Config>) -> Self {
        let traffic = Traffic::new(config.per_second);
        Self {
            config,
            core: Core::default(),
            traffic,
            now: Duration::ZERO,
            made: 0,
            tokens: BTreeMap::new(),
            epochs: Vec::new(),
            past: VecDeque::new(),
            history: Vec::new(),
        }
    }

    /// Lets everything happen that happens by itself until `now`.
    pub(super) fn advance(&mut self, now: Duration) {
        while let Some(moment) = self.next_moment().filter(|moment| *moment <= now) {
            self.now = moment;
            self.apply_routes();
            self.drive_rollout();
            self.changed(Cause::Platform);
        }
        // Time does not run backwards, whatever runtime asks.
        self.now = self.now.max(now);
    }

    fn next_moment(&self) -> Option<Duration> {
        let of_revisions = self.core.revisions.iter().flat_map(Revision::moments);
        let of_rollout = self.core.rollout.iter().filter_map(Run::moment);
        let of_routes = self.core.accepted.iter().map(|(at, _)| *at);
        of_revisions.chain(of_rollout).chain(of_routes).filter(|moment| *moment > self.now).min()
    }

    /// Takes note of how things stand now.
    pub(super) fn changed(&mut self, cause: Cause) {
        let loads = self.loads();
        self.traffic.changes(self.now, loads);
        if !self.config.read_lag.is_zero() {
            self.past.push_back((self.now, self.core.clone()));
            self.forget();
        }
        self.record(cause);
    }

    fn record(&mut self, cause: Cause) {
        if !self.config.keeps_history {
            return;
        }
        let after = self.snapshot();
        if let Some(last) = self.history.last().filter(|last| last.after == after) {
            match (&cause, &last.cause) {
                (Cause::Platform, _) => return,
                (Cause::Observed { .. }, Cause::Observed { .. }) => drop(self.history.pop()),
                _ => {}
            }
        }
        self.history.push(HistoryEvent { order: next_order(), at: self.now, cause, after });
    }

    /// Drops what the read lag does not reach any more.
    fn forget(&mut self) {
        let shown = self.now.saturating_sub(self.config.read_lag);
        while self.past.get(1).is_some_and(|(at, _)| *at <= shown) {
            self.past.pop_front();
        }
    }

    fn loads(&self) -> Vec<Load> {
        let with_share = self.core.routes.split.iter().filter_map(|(id, share)| Some((self.revision(id)?, share)));
        with_share
            .map(|(revision, share)| Load {
                revision: revision.id.clone(),
                share,
                errors: if revision.healthy(self.now) == 0 { Percent::ALL } else { revision.behaviour.errors },
                behaviour: Arc::clone(&revision.behaviour),
            })
            .collect()
    }

    /// What an observation shows: how things stood a read lag ago.
    pub(super) fn view(&mut self) -> TargetView {
        self.forget();
        let shown = self.now.saturating_sub(self.config.read_lag);
        self.record(Cause::Observed { shown });
        let core = self.past.front().map_or(&self.core, |(_, core)| core);
        TargetView {
            revisions: core.revisions.iter().map(|revision| revision.view(shown)).collect(),
            routes: core.routes.clone(),
            rollout: core.rollout.as_ref().map(Run::view),
            events: core.events.clone(),
        }
    }

    /// How things really stand.
    pub(super) fn snapshot(&self) -> Snapshot {
        let revision = |revision: &Revision| RevisionSnapshot {
            id: revision.id.clone(),
            token: revision.token.clone(),
            release: revision.release.clone(),
            desired: revision.desired,
            running: revision.running(self.now),
            healthy: revision.healthy(self.now),
            in_flight: revision.in_flight(self.now),
        };
        Snapshot {
            routes: self.core.routes.clone(),
            revisions: self.core.revisions.iter().map(revision).collect(),
            rollout: self.core.rollout.as_ref().map(Run::view),
        }
    }

    pub(super) fn history(&self) -> Vec<HistoryEvent> {
        self.history.clone()
    }

    pub(super) fn revision(&self, id: &RevisionId) -> Option<&Revision> {
        self.core.revisions.iter().find(|revision| revision.id == *id)
    }

    pub(super) fn revision_mut(&mut self, id: &RevisionId) -> Option<&mut Revision> {
        self.core.revisions.iter_mut().find(|revision| revision.id == *id)
    }

    /// Makes a revision without instances.
    pub(super) fn make_revision(&mut self, release: Option<&Release>) -> Revision {
        self.made += 1;
        let behaviour = self.config.behaviour_of(release);
        let release = release.map(|release| Arc::new(release.clone()));
        Revision::new(RevisionId::made(format!("r{}", self.made)), release, behaviour, self.now)
    }

    /// Routes that apply at once, or later.
    pub(super) fn accept_routes(&mut self, routes: Routes) {
        self.core.accepted = Some((self.now + self.config.route_delay, routes));
        self.apply_routes();
    }

    fn apply_routes(&mut self) {
        if let Some((_, routes)) = self.core.accepted.take_if(|(at, _)| *at <= self.now) {
            self.set_routes(routes);
        }
    }

    pub(super) fn set_routes(&mut self, routes: Routes) {
        for revision in &mut self.core.revisions {
            let open = self.traffic.open_requests(routes.split.share(&revision.id));
            revision.set_open_requests(self.now, open, self.config.drain);
        }
        self.core.routes = routes;
    }

    /// Removes a revision, and the test rules that select it.
    pub(super) fn remove_revision(&mut self, id: &RevisionId) {
        self.core.revisions.retain(|revision| revision.id != *id);
        self.core.routes.tests.retain(|(_, revision)| revision != id);
    }

    pub(super) fn says(&mut self, message: String) {
        if self.core.events.len() == MESSAGES {
            self.core.events.remove(0);
        }
        self.core.events.push(message);
    }
}
