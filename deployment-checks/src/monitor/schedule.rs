//! When each check looks next.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::Instant;

/// What is left of the golden ratio: its multiples, modulo 1, stay evenly spread however many there are.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// One queue for every check, ordered by time: one timer instead of thousands.
#[derive(Debug)]
pub(super) struct Schedule {
    queue: BTreeSet<(Instant, u64)>,
    random: fastrand::Rng,
    phase: f64,
}

/// One check's turns: every interval from `turn` on, each up to `spread` late.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turns {
    interval: Duration,
    spread: Duration,
    turn: Instant,
    due: Instant,
}

impl Schedule {
    /// Begins at a random phase, so that monitors that are started together do not look together.
    pub(super) fn new() -> Self {
        let mut random = fastrand::Rng::new();
        let phase = random.f64();
        Self { queue: BTreeSet::new(), random, phase }
    }

    /// A first turn within one interval from now.
    pub(super) fn add(&mut self, id: u64, interval: Duration, spread: Duration, now: Instant) -> Turns {
        self.phase = (self.phase + GOLDEN).fract();
        let turn = now + interval.mul_f64(self.phase);
        let turns = Turns { interval, spread, turn, due: turn };
        self.put(id, turns)
    }

    /// The next turn after now, and how many were missed.
    pub(super) fn again(&mut self, id: u64, mut turns: Turns, now: Instant) -> (Turns, u64) {
        let over = now.saturating_duration_since(turns.turn).as_nanos() / turns.interval.as_nanos().max(1);
        let missed = u32::try_from(over).unwrap_or(u32::MAX - 1);
        turns.turn += turns.interval * (missed + 1);
        (self.put(id, turns), u64::from(missed))
    }

    fn put(&mut self, id: u64, mut turns: Turns) -> Turns {
        turns.due = turns.turn + turns.spread.mul_f64(self.random.f64());
        self.queue.insert((turns.due, id));
        turns
    }

    /// The check that has waited longest, if its time has come.
    pub(super) fn take(&mut self, now: Instant) -> Option<u64> {
        self.queue.first().filter(|(due, _)| *due <= now)?;
        self.queue.pop_first().map(|(_, id)| id)
    }

    /// When the next look is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.queue.first().map(|(due, _)| *due)
    }

    pub(super) fn remove(&mut self, id: u64, turns: Turns) {
        self.queue.remove(&(turns.due, id));
    }

    /// How many looks are due.
    pub(super) fn waiting(&self, now: Instant) -> usize {
        self.queue.range(..=(now, u64::MAX)).count()
    }
}
