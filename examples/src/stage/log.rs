//! Everything that happened, in order.

use std::{collections::VecDeque, sync::Mutex};

use super::wire::{Effect, Event, Happening};
use crate::{clock::unix_millis, lock::lock};

/// Events that are kept: some hours of a busy stage.
const KEPT: usize = 50_000;

/// Everything that happened, in order.
#[derive(Default)]
pub(crate) struct Log {
    events: Mutex<VecDeque<Event>>,
}

impl Log {
    pub(crate) fn add(&self, service: Option<&str>, effect: Option<&Effect>, what: Happening) {
        let mut events = lock(&self.events);
        let last = events.back();
        let event = Event {
            sequence: last.map_or(1, |last| last.sequence + 1),
            // A clock that is set back must not turn the order of events round.
            at: unix_millis().max(last.map_or(0, |last| last.at)),
            service: service.map(str::to_owned),
            effect: effect.cloned(),
            what,
        };
        if events.len() == KEPT {
            events.pop_front();
        }
        events.push_back(event);
    }

    pub(crate) fn all(&self) -> Vec<Event> {
        lock(&self.events).iter().cloned().collect()
    }

    /// The latest `count` events of a service, the latest last.
    pub(crate) fn latest(&self, service: &str, count: usize) -> Vec<Event> {
        let events = lock(&self.events);
        let mut latest: Vec<_> =
            events.iter().rev().filter(|event| event.service.as_deref() == Some(service)).take(count).cloned().collect();
        latest.reverse();
        latest
    }
}
