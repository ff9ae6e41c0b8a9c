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
    time::{Instant, timeout_at},
};

use super::{
    LoadReport, LoadTest,
    pacer::Pacer,
    tally::{Ended, Tally},
};
use crate::look::{Looked, look};

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
    let pacer = Pacer::start()?;
    let start = Instant::now();
    let begin = start + test.warm_up;
    let end = begin + test.duration;
    let run = Arc::new(Run {
        check: Arc::clone(&test.check),
        context: context.clone(),
        timeout: test.timeout,
        begin,
        tally: Mutex::new(Tally::new(test.duration)?),
    });
    let places = Arc::new(Semaphore::new(test.open));
    let mut open = JoinSet::new();
    let (mut scheduled, mut held) = (0, 0);
    for offset in test.arrivals.timetable(test.rate).take_while(|offset| *offset < test.warm_up + test.duration) {
        let due = start + offset;
        pacer.until(due).await;
        let measured = due >= begin;
        scheduled += u64::from(measured);
        held += u64::from(measured && places.available_permits() == 0);
        // Whoever has found no place by then is not sent at all.
        let Ok(Ok(place)) = timeout_at(end, Arc::clone(&places).acquire_owned()).await else {
            if measured {
                run.tally(|tally| tally.unsent(due.elapsed(), test.open));
            }
            continue;
        };
        let request = Request { due, sent: Instant::now() };
        if measured {
            run.tally(|tally| tally.sent(run.since(due), run.since(request.sent)));
        }
        let run = Arc::clone(&run);
        open.spawn(async move {
            run.send(request).await;
            drop(place);
        });
        while open.try_join_next().is_some() {}
    }
    while open.join_next().await.is_some() {}
    let tally = std::mem::replace(&mut *run.tally.lock().unwrap_or_else(PoisonError::into_inner), Tally::new(test.duration)?);
    Ok(tally.report(scheduled, held))
}

impl Run {
    async fn send(&self, request: Request) {
        let failure = match look(self.check.as_ref(), &self.context, self.timeout).await {
            Looked::Report(report) if report.status == HealthStatus::Unhealthy => Some(report.evidence),
            Looked::Report(_) => None,
            Looked::Failed(reason) | Looked::Overdue(reason) => Some(reason),
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
