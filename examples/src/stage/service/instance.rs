//! One instance: a place in a revision that a process fills.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::sync::watch;

use crate::{
    http::{self, Pool},
    lock::lock,
};

/// One instance: a place in a revision that a process fills, and after a crash another one.
pub(crate) struct Instance {
    pub(crate) name: String,
    phase: Mutex<Phase>,
    in_flight: watch::Sender<u32>,
    leaving: watch::Sender<bool>,
}

/// How an instance is.
#[derive(Clone)]
pub(crate) enum Phase {
    /// No process listens.
    Down,
    /// A process listens, and has not answered its health probe well yet.
    Starting,
    /// It answers its health probe, and so takes requests.
    Healthy(Arc<Upstream>),
    /// It did answer, and does not any more.
    Unhealthy,
}

/// A process that listens. It has a pool of its own, so that no connection outlives it into another process's time.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    pub(crate) pool: Pool,
}

impl Upstream {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, pool: http::pool() }
    }
}

impl Instance {
    pub(super) fn new(name: String) -> Self {
        Self { name, phase: Mutex::new(Phase::Down), in_flight: watch::Sender::new(0), leaving: watch::Sender::new(false) }
    }

    /// Sets the phase and returns the one before.
    pub(super) fn enter(&self, phase: Phase) -> Phase {
        std::mem::replace(&mut lock(&self.phase), phase)
    }

    /// The process to send requests to, if it takes any.
    pub(super) fn healthy(&self) -> Option<Arc<Upstream>> {
        match &*lock(&self.phase) {
            Phase::Healthy(upstream) => Some(Arc::clone(upstream)),
            Phase::Down | Phase::Starting | Phase::Unhealthy => None,
        }
    }

    pub(super) fn is_running(&self) -> bool {
        !matches!(*lock(&self.phase), Phase::Down)
    }

    /// One request more is on its way to it.
    pub(super) fn begin(&self) {
        self.in_flight.send_modify(|count| *count += 1);
    }

    /// One request has ended.
    pub(super) fn end(&self) {
        self.in_flight.send_modify(|count| *count = count.saturating_sub(1));
    }

    pub(super) fn in_flight(&self) -> u32 {
        *self.in_flight.borrow()
    }

    /// Completes when no request is on its way to it.
    pub(super) async fn idle(&self) {
        // The sender lives as long as `self`, so this cannot fail.
        let _ = self.in_flight.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Tells its keeper to end it. Whoever calls this has taken it out of the rotation first.
    pub(super) fn dismiss(&self) {
        self.leaving.send_replace(true);
    }

    /// Completes when it was told to end.
    pub(super) async fn dismissed(&self) {
        let _ = self.leaving.subscribe().wait_for(|leaving| *leaving).await;
    }
}
