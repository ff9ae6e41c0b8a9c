//! A stream that never makes its source wait: what was not fetched is merged, one item per check.

use std::{
    collections::{HashMap, VecDeque},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll},
};

use futures::{Stream, task::AtomicWaker};

use super::{Change, Observed};

/// A stream of what a [`HealthMonitor`](super::HealthMonitor) tells, from the moment it was asked for until the monitor is dropped.
///
/// A slow consumer never holds up a check, and misses no final state: at most one item per check waits, later ones are merged into it, and
/// its `merged` says how many.
#[derive(Debug)]
pub struct Feed<T>(Arc<Inbox<T>>);

#[derive(Debug)]
struct Inbox<T> {
    waiting: Mutex<Waiting<T>>,
    waker: AtomicWaker,
}

#[derive(Debug)]
struct Waiting<T> {
    order: VecDeque<u64>,
    items: HashMap<u64, T>,
    closed: bool,
}

impl<T> Inbox<T> {
    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().closed = true;
        self.waker.wake();
    }
}

impl<T> Stream for Feed<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.0.waker.register(context.waker());
        let mut waiting = self.0.lock();
        let first = waiting.order.pop_front();
        match first.and_then(|id| waiting.items.remove(&id)) {
            Some(item) => Poll::Ready(Some(item)),
            None if waiting.closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

/// What can be told in one instead of several.
pub(super) trait Merge: Clone {
    /// Takes over what is newer.
    fn merge(&mut self, newer: Self);
}

impl Merge for Change {
    fn merge(&mut self, newer: Self) {
        *self = Self { from: self.from, merged: self.merged + 1, ..newer };
    }
}

impl Merge for Observed {
    fn merge(&mut self, newer: Self) {
        *self = Self { merged: self.merged + 1, ..newer };
    }
}

/// Every open feed of one kind.
#[derive(Debug)]
pub(super) struct Feeds<T> {
    inboxes: Vec<Weak<Inbox<T>>>,
    closed: bool,
}

impl<T> Default for Feeds<T> {
    fn default() -> Self {
        Self { inboxes: Vec::new(), closed: false }
    }
}

impl<T> Feeds<T> {
    pub(super) fn open(&mut self) -> Feed<T> {
        self.inboxes.retain(|inbox| inbox.strong_count() > 0);
        let waiting = Waiting { order: VecDeque::new(), items: HashMap::new(), closed: self.closed };
        let inbox = Arc::new(Inbox { waiting: Mutex::new(waiting), waker: AtomicWaker::new() });
        self.inboxes.push(Arc::downgrade(&inbox));
        Feed(inbox)
    }

    /// Forgets what is told of a check that is gone, so that what waits stays bounded by the checks that are there.
    pub(super) fn forget(&self, id: u64) {
        for inbox in self.inboxes.iter().filter_map(Weak::upgrade) {
            let mut waiting = inbox.lock();
            if waiting.items.remove(&id).is_some() {
                waiting.order.retain(|known| *known != id);
            }
        }
    }

    /// What is told already can still be fetched; then the feeds end.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.inboxes.drain(..).filter_map(|inbox| inbox.upgrade()).for_each(|inbox| inbox.close());
    }
}

impl<T: Merge> Feeds<T> {
    /// Tells every feed. `make` is called only if there is one.
    pub(super) fn tell(&mut self, id: u64, make: impl FnOnce() -> T) {
        self.inboxes.retain(|inbox| inbox.strong_count() > 0);
        if self.inboxes.is_empty() {
            return;
        }
        let item = make();
        for inbox in self.inboxes.iter().filter_map(Weak::upgrade) {
            {
                let mut waiting = inbox.lock();
                if let Some(known) = waiting.items.get_mut(&id) {
                    known.merge(item.clone());
                    continue;
                }
                waiting.order.push_back(id);
                waiting.items.insert(id, item.clone());
            }
            inbox.waker.wake();
        }
    }
}
