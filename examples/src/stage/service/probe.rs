//! Probing one instance's health.

use std::{convert::Infallible, sync::Arc, time::Duration};

use http_body_util::Full;
use hyper::{Request, body::Bytes};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{
    instance::{Instance, Phase, Upstream},
    state::Service,
};

/// How often an instance is asked.
const EVERY: Duration = Duration::from_millis(100);
/// How long it may take to answer; far more than it needs, so that a busy machine makes nobody ill.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many misses in a row make a healthy instance unhealthy; one good answer makes it healthy.
const MISSES: u32 = 3;

/// Asks for as long as it is polled, and puts the instance into and out of the rotation.
pub(super) async fn watch(service: &Service, instance: &Instance, upstream: &Arc<Upstream>) -> Infallible {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut misses = 0;
    loop {
        ticks.tick().await;
        let healthy = instance.healthy().is_some();
        misses = if answers_well(upstream).await { 0 } else { misses + 1 };
        if misses == 0 && !healthy {
            service.enter(instance, Phase::Healthy(Arc::clone(upstream)));
        }
        if misses >= MISSES && healthy {
            service.enter(instance, Phase::Unhealthy);
        }
    }
}

async fn answers_well(upstream: &Upstream) -> bool {
    let Ok(request) = Request::get(format!("http://{}/health", upstream.address)).body(Full::<Bytes>::default()) else {
        return false;
    };
    let answer = timeout(PATIENCE, upstream.pool.request(request)).await;
    matches!(answer, Ok(Ok(reply)) if reply.status().is_success())
}
