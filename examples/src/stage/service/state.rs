//! What is so: a service's revisions, routes and rollouts, under one lock.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use super::{
    super::{
        log::Log,
        wire::{Happening, MetricsWindow, Refusal, Routes, TimeRange},
    },
    instance::{Instance, Phase},
    recorder::Recorder,
    revision::Revision,
    rollout::Rollout,
    wheel::Wheel,
};
use crate::lock::lock;

/// What holds for every service of a stage.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The executable whose demo role instances run.
    pub(crate) program: PathBuf,
    /// How long a leaving instance may take to finish its requests.
    pub(crate) drain: Duration,
}

/// One service.
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) front: SocketAddr,
    pub(crate) settings: Settings,
    pub(crate) log: Arc<Log>,
    state: Mutex<State>,
    /// Counts up with every change that somebody may wait for.
    changed: watch::Sender<u64>,
}

/// What is so.
#[derive(Default)]
pub(crate) struct State {
    /// In the order of launch.
    pub(super) revisions: Vec<Revision>,
    /// Of every revision that there ever was.
    pub(super) recorders: Vec<Arc<Recorder>>,
    pub(super) routes: Routes,
    pub(super) wheel: Wheel,
    pub(super) rollouts: Vec<Rollout>,
    pub(super) no_upstream: u64,
}

impl Service {
    pub(crate) fn new(name: &str, front: SocketAddr, settings: Settings, log: Arc<Log>) -> Self {
        Self { name: name.to_owned(), front, settings, log, state: Mutex::default(), changed: watch::Sender::new(0) }
    }

    /// Looks at or changes the state.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let result = act(&mut lock(&self.state));
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
        result
    }

    /// Looks at the state without waking those who wait for a change.
    pub(super) fn look<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut lock(&self.state))
    }

    /// Waits until `answer` finds one; `None` if it does not before the deadline.
    pub(super) async fn wait<T>(&self, deadline: Instant, mut answer: impl FnMut(&State) -> Option<T>) -> Option<T> {
        let mut changes = self.changed.subscribe();
        loop {
            if let Some(found) = answer(&lock(&self.state)) {
                return Some(found);
            }
            let Ok(Ok(())) = timeout_at(deadline, changes.changed()).await else {
                return None;
            };
        }
    }

    pub(crate) fn window(&self, revision: &str, range: TimeRange) -> Result<MetricsWindow, Refusal> {
        let recorder = self.look(|state| state.recorders.iter().find(|recorder| recorder.revision == revision).cloned());
        Ok(recorder.ok_or_else(|| Refusal::unknown("revision", revision))?.window(range))
    }

    pub(super) fn happened(&self, what: Happening) {
        self.log.add(Some(&self.name), None, what);
    }

    /// Puts an instance into a phase, and says so where it matters to somebody.
    pub(super) fn enter(&self, instance: &Instance, phase: Phase) {
        let what = match &phase {
            Phase::Healthy(_) => Some(Happening::InstanceHealthy { instance: instance.name.clone() }),
            Phase::Unhealthy => Some(Happening::InstanceUnhealthy { instance: instance.name.clone() }),
            Phase::Down | Phase::Starting => None,
        };
        self.with(|_| instance.enter(phase));
        if let Some(what) = what {
            self.happened(what);
        }
    }

    /// Counts a process that ended unasked.
    pub(super) fn crashed(&self, revision: &str, instance: &Instance, reason: String) {
        self.with(|state| {
            instance.enter(Phase::Down);
            if let Some(revision) = state.find(revision) {
                revision.crashes += 1;
            }
        });
        self.happened(Happening::InstanceCrashed { instance: instance.name.clone(), reason });
    }

    /// Counts a process that is started in place of one that crashed.
    pub(super) fn restarted(&self, revision: &str) {
        self.with(|state| {
            if let Some(revision) = state.find(revision) {
                revision.restarts += 1;
            }
        });
    }

    /// Takes note that a dismissed instance's process is gone.
    pub(super) fn left(&self, revision: &str, instance: &Arc<Instance>) {
        self.happened(Happening::InstanceStopped { instance: instance.name.clone() });
        let gone = self.with(|state| {
            if let Some(revision) = state.find(revision) {
                revision.leaving.retain(|other| !Arc::ptr_eq(other, instance));
            }
            state.sweep()
        });
        self.retired(gone);
    }

    pub(super) fn retired(&self, gone: Vec<String>) {
        for revision in gone {
            self.happened(Happening::Retired { revision });
        }
    }
}

impl State {
    pub(super) fn find(&mut self, revision: &str) -> Option<&mut Revision> {
        self.revisions.iter_mut().find(|candidate| candidate.id == revision)
    }

    pub(super) fn get(&self, revision: &str) -> Option<&Revision> {
        self.revisions.iter().find(|candidate| candidate.id == revision)
    }

    pub(super) fn set_routes(&mut self, routes: Routes) {
        self.wheel = Wheel::new(&routes);
        self.routes = routes;
    }

    /// Forgets retired revisions whose last process is gone; returns their ids.
    pub(super) fn sweep(&mut self) -> Vec<String> {
        self.revisions.extract_if(.., |revision| revision.is_gone()).map(|revision| revision.id).collect()
    }
}
