//! One simulated revision. Times are durations since the target was built.

use std::{sync::Arc, time::Duration};

use super::behaviour::{Behaviour, Birth, Shown};
use crate::{
    id::{RevisionId, Token},
    release::Release,
    target::RevisionView,
};

/// Instances that get ready at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Batch {
    ready_at: Duration,
    count: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Revision {
    pub(super) id: RevisionId,
    pub(super) token: Option<Token>,
    pub(super) release: Option<Arc<Release>>,
    pub(super) behaviour: Arc<Behaviour>,
    pub(super) desired: u32,
    batches: Vec<Batch>,
    launched_at: Duration,
    first_ready_at: Duration,
    first_traffic_at: Option<Duration>,
    /// Open requests end by then; `None` while it has traffic or never had any.
    drained_at: Option<Duration>,
    /// Requests that are open while it has traffic.
    open_requests: u64,
    drain: Duration,
    /// Somebody has broken it by hand.
    pub(super) broken: Option<Duration>,
}

impl Revision {
    pub(super) fn new(id: RevisionId, release: Option<Arc<Release>>, behaviour: Arc<Behaviour>, launched_at: Duration) -> Self {
        Self {
            id,
            token: None,
            release,
            behaviour,
            desired: 0,
            batches: Vec::new(),
            launched_at,
            first_ready_at: launched_at,
            first_traffic_at: None,
            drained_at: None,
            open_requests: 0,
            drain: Duration::ZERO,
            broken: None,
        }
    }

    /// Adds instances that get ready `delay` from now, each `stagger` after the one before.
    pub(super) fn add(&mut self, now: Duration, count: u32, delay: Duration, stagger: Duration) {
        if self.batches.is_empty() {
            self.first_ready_at = now + delay;
        }
        if stagger.is_zero() && count > 0 {
            self.batches.push(Batch { ready_at: now + delay, count });
        } else {
            self.batches.extend((0..count).map(|i| Batch { ready_at: now + delay + stagger * i, count: 1 }));
        }
        self.desired += count;
    }

    /// Removes instances, those that would get ready last first.
    pub(super) fn remove(&mut self, mut count: u32) {
        self.desired = self.desired.saturating_sub(count);
        self.batches.sort_by_key(|batch| batch.ready_at);
        while count > 0
            && let Some(last) = self.batches.last_mut()
        {
            let gone = last.count.min(count);
            last.count -= gone;
            count -= gone;
            if last.count == 0 {
                self.batches.pop();
            }
        }
    }

    pub(super) fn started(&self) -> u32 {
        self.batches.iter().map(|batch| batch.count).sum()
    }

    /// Instances that run at `now`.
    pub(super) fn running(&self, now: Duration) -> u32 {
        if self.crashed_at().is_some_and(|at| now >= at) { 0 } else { self.started() }
    }

    /// Instances that are healthy at `now`, whether the platform can tell or not.
    pub(super) fn healthy(&self, now: Duration) -> u32 {
        if self.sick(now) { 0 } else { self.batches.iter().filter(|batch| batch.ready_at <= now).map(|batch| batch.count).sum() }
    }

    fn sick(&self, now: Duration) -> bool {
        let since = [self.crashed_at(), self.sick_under_traffic_at(), self.behaviour.sick_from, self.broken];
        self.behaviour.birth == Birth::Still || since.into_iter().flatten().any(|at| now >= at)
    }

    fn crashed_at(&self) -> Option<Duration> {
        self.behaviour.crashes_after.map(|after| self.first_ready_at + after)
    }

    fn sick_under_traffic_at(&self) -> Option<Duration> {
        Some(self.first_traffic_at? + self.behaviour.sick_under_traffic?)
    }

    fn given_up_at(&self) -> Option<Duration> {
        self.behaviour.given_up_after.map(|after| self.launched_at + after)
    }

    /// Takes note that its share of traffic is `requests` open at once from now on; zero begins to drain.
    pub(super) fn set_open_requests(&mut self, now: Duration, requests: u64, drain: Duration) {
        if requests > 0 {
            self.first_traffic_at.get_or_insert(now);
            self.drained_at = None;
            self.open_requests = requests;
        } else if self.open_requests > 0 && self.drained_at.is_none() {
            self.drain = drain;
            self.drained_at = Some(now + drain);
        }
    }

    /// Requests that have not ended by `now`; falls evenly while it drains, and is above zero to the end of that.
    pub(super) fn in_flight(&self, now: Duration) -> u64 {
        let Some(end) = self.drained_at else { return self.open_requests };
        let left = end.saturating_sub(now);
        if left.is_zero() {
            return 0;
        }
        let share = left.as_secs_f64() / self.drain.as_secs_f64();
        ((self.open_requests as f64 * share).ceil() as u64).max(1)
    }

    /// When something about it changes by itself.
    pub(super) fn moments(&self) -> impl Iterator<Item = Duration> {
        let others = [self.crashed_at(), self.sick_under_traffic_at(), self.behaviour.sick_from, self.given_up_at(), self.drained_at];
        self.batches.iter().map(|batch| batch.ready_at).chain(others.into_iter().flatten())
    }

    pub(super) fn failure(&self, now: Duration) -> Option<String> {
        let given_up = self.given_up_at().is_some_and(|at| now >= at) && self.healthy(now) == 0;
        given_up.then(|| format!("no instance of {} is healthy; the platform gave it up", self.id))
    }

    pub(super) fn view(&self, now: Duration) -> RevisionView {
        RevisionView {
            id: self.id.clone(),
            token: self.token.clone(),
            release: self.release.as_deref().cloned(),
            desired: self.desired,
            running: self.running(now),
            healthy: (self.behaviour.shown == Shown::Known).then(|| self.healthy(now)),
            in_flight: self.in_flight(now),
            failure: self.failure(now),
            preview: None,
        }
    }
}
