//! A check that does what it is told and records when it was asked.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use deployment_checks::monitor::{Feed, HealthMonitor, HealthMonitorBuilder};
use deployment_core::{
    EnvironmentName, Error, ErrorKind, ServiceName,
    health::{self, HealthCheck, HealthReport},
    testkit::TokioClock,
};
use futures::{FutureExt, StreamExt};
use tokio::time::{Instant, sleep};

/// What a look does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    Pass,
    Degraded,
    Fail,
    Error,
    Hang,
    Panic,
    /// Passes after this long.
    Slow(Duration),
}

#[derive(Debug, Clone)]
pub(crate) struct Probe(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    does: Mutex<Vec<Does>>,
    asked: Mutex<Vec<Instant>>,
    inside: AtomicUsize,
    most: AtomicUsize,
}

/// Counts a look as long as it lives, however it ends.
struct Inside(Arc<Inner>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Probe {
    /// Does these, one after the other; the last one stays.
    pub(crate) fn new(does: impl IntoIterator<Item = Does>) -> Self {
        let mut does: Vec<_> = does.into_iter().collect();
        does.reverse();
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self(Arc::new(Inner { does: Mutex::new(does), asked: Mutex::default(), inside, most }))
    }

    pub(crate) fn check(&self) -> impl HealthCheck + use<> {
        let inner = Arc::clone(&self.0);
        health::from_fn("probe", move |_| {
            let inner = Arc::clone(&inner);
            async move {
                inner.asked.lock().unwrap().push(Instant::now());
                let inside = inner.inside.fetch_add(1, Ordering::SeqCst) + 1;
                inner.most.fetch_max(inside, Ordering::SeqCst);
                let _inside = Inside(Arc::clone(&inner));
                let does = {
                    let mut does = inner.does.lock().unwrap();
                    if does.len() > 1 { does.pop() } else { does.last().copied() }
                };
                act(does.unwrap()).await
            }
        })
    }

    pub(crate) fn asked(&self) -> Vec<Instant> {
        self.0.asked.lock().unwrap().clone()
    }

    /// How many looks are under way.
    pub(crate) fn inside(&self) -> usize {
        self.0.inside.load(Ordering::SeqCst)
    }

    /// The most looks that ever were under way at once.
    pub(crate) fn most(&self) -> usize {
        self.0.most.load(Ordering::SeqCst)
    }
}

async fn act(does: Does) -> deployment_core::Result<HealthReport> {
    match does {
        Does::Pass => Ok(HealthReport::healthy("fine")),
        Does::Degraded => Ok(HealthReport::degraded(50, "slow")),
        Does::Fail => Ok(HealthReport::unhealthy("503")),
        Does::Error => Err(Error::new(ErrorKind::Unreachable, "check", "no route")),
        Does::Hang => pending().await,
        Does::Panic => panic!("index out of bounds"),
        Does::Slow(time) => {
            sleep(time).await;
            Ok(HealthReport::healthy("at last"))
        }
    }
}

pub(crate) fn builder() -> HealthMonitorBuilder {
    HealthMonitor::builder(ServiceName::new("shop").unwrap(), EnvironmentName::new("production").unwrap())
        .clock(Arc::new(TokioClock::default()))
}

pub(crate) fn monitor() -> HealthMonitor {
    builder().start().unwrap()
}

/// Everything that a feed has to tell now.
pub(crate) fn drain<T>(feed: &mut Feed<T>) -> Vec<T> {
    std::iter::from_fn(|| feed.next().now_or_never().flatten()).collect()
}

pub(crate) async fn seconds(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}
