//! Sends requests by the timetable.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use deployment_core::{
    Result,
    health::{HealthCheck, HealthContext, HealthStatus},
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep_until, timeout, timeout_at},
};

use super::{
    LoadReport, LoadTest,
    tally::{Ended, Tally},
};

/// What all requests share.
#[derive(Debug)]
struct Run {
    check: Arc<dyn HealthCheck>,
    context: HealthContext,
    timeout: Duration,
    /// When measuring begins.
    begin: Instant,
    tally: Mutex<Tally>,
}

/// A request on its way.
#[derive(Debug, Clone, Copy)]
struct Request {
    due: Instant,
    sent: Instant,
}

pub(super) async fn run(test: &LoadTest, context: &HealthContext) -> Result<LoadReport> {
    let start = Instant::now();
    let begin = start + test.warm_up;
    let end = begin + test.duration;
    let run = Arc::new(Run {
        check: Arc::clone(&test.check),
        context: context.clone(),
        timeout: test.timeout,
        begin,
        tally: Mutex::new(Tally::new()?),
    });
    let places = Arc::new(Semaphore::new(test.open));
    let mut open = JoinSet::new();
    let (mut scheduled, mut held) = (0, 0);
    for due in test.arrivals.timetable(test.rate).map(|offset| start + offset).take_while(|due| *due < end) {
        if due > Instant::now() {
            sleep_until(due).await;
        }
        let measured = due >= begin;
        scheduled += u64::from(measured);
        held += u64::from(measured && places.available_permits() == 0);
        // Whoever has found no place by then is not sent at all.
        let Ok(Ok(place)) = timeout_at(end + test.timeout, Arc::clone(&places).acquire_owned()).await else { continue };
        let request = Request { due, sent: Instant::now() };
        if measured {
            run.tally(|tally| tally.sent(run.since(due), run.since(request.sent), test.duration));
        }
        let run = Arc::clone(&run);
        open.spawn(async move {
            run.send(request).await;
            drop(place);
        });
        while open.try_join_next().is_some() {}
    }
    while open.join_next().await.is_some() {}
    let tally = std::mem::replace(&mut *run.tally.lock().unwrap_or_else(PoisonError::into_inner), Tally::new()?);
    Ok(tally.report(test.duration, scheduled, held))
}

impl Run {
    async fn send(&self, request: Request) {
        let failure = match timeout(self.timeout, self.check.check(&self.context)).await {
            Ok(Ok(report)) if report.status == HealthStatus::Unhealthy => Some(report.evidence),
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer within {} s", self.timeout.as_secs_f64())),
        };
        if request.due >= self.begin {
            let (due, sent) = (self.since(request.due), self.since(request.sent));
            self.tally(|tally| tally.ended(Ended { due, sent, ended: self.since(Instant::now()), failure }));
        }
    }

    fn since(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.begin)
    }

    fn tally(&self, count: impl FnOnce(&mut Tally)) {
        count(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
