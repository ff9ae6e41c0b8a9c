//! Somebody else at work on the same platform.

use std::time::Duration;

use super::{history::Snapshot, world::World};
use crate::{id::RevisionId, release::Release, share::Routes};

/// What somebody else can do to a [`MemoryTarget`](super::MemoryTarget), behind a deployment's back.
#[derive(Debug)]
pub struct Interference<'a>(pub(super) &'a mut World);

impl Interference<'_> {
    /// How things really stand.
    #[must_use]
    pub fn now(&self) -> Snapshot {
        self.0.snapshot()
    }

    /// Routes traffic, to revisions that need not exist.
    pub fn route(&mut self, routes: Routes) {
        self.0.set_routes(routes);
    }

    /// Starts a revision that carries no token, with instances that are healthy at once. Without a release, nobody knows what it runs.
    pub fn launch(&mut self, release: Option<&Release>, count: u32) -> RevisionId {
        let mut revision = self.0.make_revision(release);
        revision.add(self.0.now, count, Duration::ZERO, Duration::ZERO);
        let id = revision.id.clone();
        self.0.core.revisions.push(revision);
        id
    }

    /// Sets the number of instances of a revision.
    pub fn scale(&mut self, revision: &RevisionId, count: u32) {
        self.0.set_count(revision, count);
    }

    /// Removes a revision, whether it has traffic or not.
    pub fn remove(&mut self, revision: &RevisionId) {
        self.0.remove_revision(revision);
    }

    /// Makes every instance of a revision unhealthy from now on.
    pub fn sicken(&mut self, revision: &RevisionId) {
        let now = self.0.now;
        if let Some(revision) = self.0.revision_mut(revision) {
            revision.broken = Some(now);
        }
    }

    /// Takes a [`sicken`](Interference::sicken) back.
    pub fn heal(&mut self, revision: &RevisionId) {
        if let Some(revision) = self.0.revision_mut(revision) {
            revision.broken = None;
        }
    }
}
