//! Connections kept for the next request.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::connection::Connection;

/// No connection is used for longer, so that a name's new address is found.
const LONGEST_USE: Duration = Duration::from_secs(300);

/// How many are kept, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) per_origin: usize,
    pub(super) in_all: usize,
    pub(super) idle: Duration,
}

/// Idle connections by origin, the one used last first.
pub(super) struct Pool {
    limits: Limits,
    kept: Mutex<Kept>,
}

struct Kept {
    by_origin: HashMap<String, Vec<Connection>>,
    count: usize,
    swept: Instant,
}

impl Pool {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, kept: Mutex::new(Kept { by_origin: HashMap::new(), count: 0, swept: Instant::now() }) }
    }

    pub(super) fn take(&self, origin: &str) -> Option<Connection> {
        let mut kept = self.lock();
        let connections = kept.by_origin.get_mut(origin)?;
        let before = connections.len();
        let mut found = None;
        while let Some(connection) = connections.pop() {
            if self.is_usable(&connection) {
                found = Some(connection);
                break;
            }
        }
        let left = connections.len();
        if left == 0 {
            kept.by_origin.remove(origin);
        }
        kept.count -= before - left;
        found
    }

    /// Keeps `connection`, or closes it if there are enough.
    pub(super) fn put(&self, origin: String, mut connection: Connection) {
        connection.idle_since = Instant::now();
        let mut kept = self.lock();
        self.sweep(&mut kept);
        if kept.count >= self.limits.in_all || self.limits.per_origin == 0 || !self.is_usable(&connection) {
            return;
        }
        let connections = kept.by_origin.entry(origin).or_default();
        if connections.len() < self.limits.per_origin {
            connections.push(connection);
            kept.count += 1;
        }
    }

    /// Closes what nobody will use again; at most once a second, since it looks at all.
    fn sweep(&self, kept: &mut Kept) {
        let now = Instant::now();
        if now.duration_since(kept.swept) < Duration::from_secs(1) {
            return;
        }
        kept.swept = now;
        kept.by_origin.retain(|_, connections| {
            connections.retain(|connection| self.is_usable(connection));
            !connections.is_empty()
        });
        kept.count = kept.by_origin.values().map(Vec::len).sum();
    }

    fn is_usable(&self, connection: &Connection) -> bool {
        !connection.is_closed() && connection.idle_since.elapsed() < self.limits.idle && connection.opened.elapsed() < LONGEST_USE
    }

    /// A poisoned lock still holds whole connections.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
