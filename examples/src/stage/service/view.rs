//! What a service looks like from outside.

use super::{
    super::wire::{Preview, RevisionView, ServiceStats, ServiceView},
    pick::PREVIEW_HEADER,
    revision::Revision,
    state::Service,
};

/// How many events an observation shows.
const SHOWN_EVENTS: usize = 50;

impl Service {
    pub(crate) fn view(&self) -> ServiceView {
        let events = self.log.latest(&self.name, SHOWN_EVENTS);
        self.look(|state| ServiceView {
            front: self.front,
            revisions: state.revisions.iter().map(|revision| self.revision_view(revision)).collect(),
            routes: state.routes.clone(),
            rollouts: state.rollouts.iter().map(|rollout| rollout.view.clone()).collect(),
            events,
        })
    }

    pub(crate) fn stats(&self) -> ServiceStats {
        let (no_upstream, recorders) = self.look(|state| (state.no_upstream, state.recorders.clone()));
        let mut stats = ServiceStats { no_upstream, ..ServiceStats::default() };
        for recorder in recorders {
            recorder.add_to(stats.versions.entry(recorder.version.clone()).or_default());
        }
        stats
    }

    fn revision_view(&self, revision: &Revision) -> RevisionView {
        let running = revision.instances.iter().filter(|instance| instance.is_running()).count();
        let in_flight = revision.instances.iter().chain(&revision.leaving).map(|instance| instance.in_flight()).sum();
        RevisionView {
            id: revision.id.clone(),
            token: revision.token.clone(),
            release: revision.release.clone(),
            desired: count(revision.instances.len()),
            running: count(running),
            healthy: count(revision.healthy()),
            leaving: count(revision.leaving.len()),
            in_flight,
            crashes: revision.crashes,
            restarts: revision.restarts,
            retiring: revision.retiring,
            preview: Preview { front: self.front, header: PREVIEW_HEADER.to_owned(), value: revision.id.clone() },
        }
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
