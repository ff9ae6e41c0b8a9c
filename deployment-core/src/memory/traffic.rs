//! Simulated requests: computed from time and split when somebody asks, at any time for any window of the past that is remembered.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use super::behaviour::Behaviour;
use crate::{
    id::RevisionId,
    metric::{Latency, Measurement},
    share::Percent,
};

/// How many stretches are remembered: a deployment makes some tens.
const REMEMBERED: usize = 96;

/// What one revision gets during a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) revision: RevisionId,
    pub(super) share: Percent,
    pub(super) errors: Percent,
    pub(super) behaviour: Arc<Behaviour>,
}

/// A stretch of time during which traffic does not change. It ends where the next one begins.
#[derive(Debug, Clone)]
struct Stretch {
    from: Duration,
    loads: Vec<Load>,
}

/// The traffic of the past.
#[derive(Debug, Clone, Default)]
pub(super) struct Traffic {
    per_second: u32,
    stretches: VecDeque<Stretch>,
}

impl Traffic {
    pub(super) fn new(per_second: u32) -> Self {
        Self { per_second, stretches: VecDeque::new() }
    }

    /// Requests that are open at once at this share: about a tenth of a second's, at least one.
    pub(super) fn open_requests(&self, share: Percent) -> u64 {
        if share == Percent::ZERO {
            return 0;
        }
        (u64::from(self.per_second) * u64::from(share.basis_points()) / 100_000).max(1)
    }

    /// From `now` on, traffic is this.
    pub(super) fn changes(&mut self, now: Duration, loads: Vec<Load>) {
        match self.stretches.back_mut() {
            Some(last) if last.loads == loads => return,
            Some(last) if last.from == now => {
                last.loads = loads;
                return;
            }
            _ => self.stretches.push_back(Stretch { from: now, loads }),
        }
        if self.stretches.len() > REMEMBERED {
            self.stretches.pop_front();
        }
    }

    /// What a revision did from `from` to `to`; `None` if that is not remembered.
    pub(super) fn measure(&self, revision: &RevisionId, from: Duration, to: Duration) -> Option<Measurement> {
        if self.stretches.front().is_none_or(|first| first.from > from) {
            return None;
        }
        let mut seen = Measurement::default();
        for (i, stretch) in self.stretches.iter().enumerate() {
            let end = self.stretches.get(i + 1).map_or(to, |next| next.from.min(to));
            let begin = stretch.from.max(from);
            let Some(load) = stretch.loads.iter().find(|load| load.revision == *revision).filter(|_| begin < end) else { continue };
            let (begin, end) = (self.requests(load, begin - stretch.from), self.requests(load, end - stretch.from));
            let requests = end - begin;
            seen.requests += requests;
            seen.errors += (part(end, load.errors) - part(begin, load.errors)).min(requests);
            seen.latency = seen.latency.merged(&spread(requests, &load.behaviour.latency));
        }
        Some(seen)
    }

    /// Requests of a stretch's first `length`, so that windows that touch add up.
    fn requests(&self, load: &Load, length: Duration) -> u64 {
        let millis = length.as_millis() * u128::from(self.per_second) * u128::from(load.share.basis_points());
        u64::try_from(millis / 10_000_000).unwrap_or(u64::MAX)
    }
}

fn part(requests: u64, share: Percent) -> u64 {
    u64::try_from(u128::from(requests) * u128::from(share.basis_points()) / 10_000).unwrap_or(u64::MAX)
}

/// Spreads requests over buckets by their weights, to the last one.
fn spread(requests: u64, weights: &[(u64, u64)]) -> Latency {
    let whole: u128 = weights.iter().map(|(_, weight)| u128::from(*weight)).sum();
    if whole == 0 {
        return Latency::default();
    }
    let (mut weight, mut given) = (0, 0);
    Latency::from_buckets(weights.iter().map(|(bound, more)| {
        weight += u128::from(*more);
        let until = u64::try_from(u128::from(requests) * weight / whole).unwrap_or(u64::MAX);
        let here = until - given;
        given = until;
        (*bound, here)
    }))
}
