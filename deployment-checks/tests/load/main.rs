//! The load test in virtual time: rates, latencies and stalls are exact.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod check;
mod numbers;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use deployment_core::health::{self, HealthCheck, HealthReport};
use tokio::time::{Instant, sleep_until};

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A server whose `n`-th request takes as long as `latency` says.
fn server(latency: impl Fn(u64) -> Duration + Send + Sync + 'static) -> impl HealthCheck {
    let asked = AtomicU64::new(0);
    let latency = Arc::new(latency);
    health::from_fn("server", move |_| {
        let end = Instant::now() + latency(asked.fetch_add(1, Ordering::Relaxed));
        async move {
            sleep_until(end).await;
            Ok(HealthReport::healthy("200"))
        }
    })
}

/// A server that answers in 5 ms, but does nothing from `from` until `to`, counted from now.
fn stalling(from: Duration, to: Duration) -> impl HealthCheck {
    let start = Instant::now();
    health::from_fn("stalling server", move |_| async move {
        let now = start.elapsed();
        let wait = if (from..to).contains(&now) { to - now } else { Duration::ZERO };
        sleep_until(Instant::now() + wait + ms(5)).await;
        Ok(HealthReport::healthy("200"))
    })
}
