//! Something that must stay bad for a while before it counts.

use std::time::Duration;

use crate::time::{Timestamp, Window};

/// How long a breach has lasted without a break.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Held {
    since: Option<Timestamp>,
    times: u32,
}

impl Held {
    /// Takes one window that is in breach; says for how long, and how many times in a row, it has been.
    pub(super) fn breach(&mut self, window: Window) -> (Duration, u32) {
        let since = *self.since.get_or_insert(window.from);
        self.times = self.times.saturating_add(1);
        (window.to.since(since), self.times)
    }

    /// Takes one window that is not.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
