//! Making traffic.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Bytes};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout_at},
};

use super::{
    options::LoadOptions,
    report::LoadReport,
    tally::{Ending, Tally},
};
use crate::{
    clock::unix_millis,
    http::{self, NO_UPSTREAM_HEADER, Pool, VERSION_HEADER},
    lock::lock,
};

/// Traffic that is being made. When this is dropped no more is sent.
#[derive(Debug)]
pub struct Load {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
}

struct Shared {
    options: LoadOptions,
    pool: Pool,
    tally: Mutex<Tally>,
    since: u64,
    began: Instant,
    finished: watch::Sender<bool>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Load {
    /// Begins to make traffic, in tasks of the current tokio runtime.
    #[must_use]
    pub fn start(options: LoadOptions) -> Self {
        let shared = Arc::new(Shared {
            options,
            pool: http::pool(),
            tally: Mutex::default(),
            since: unix_millis(),
            began: Instant::now(),
            finished: watch::Sender::new(false),
        });
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(Arc::clone(&shared).make(stopped));
        Self { shared, stop }
    }

    /// How it stands.
    #[must_use]
    pub fn snapshot(&self) -> LoadReport {
        lock(&self.shared.tally).report(self.shared.since, self.shared.began.elapsed())
    }

    /// Sends no more, waits for what is in flight, and reports.
    pub async fn stop(self) -> LoadReport {
        self.stop.send_replace(true);
        self.finished().await
    }

    /// Waits until the whole run is over, and reports.
    pub async fn finished(&self) -> LoadReport {
        // The sender lives as long as `self`, so this cannot fail.
        let _ = self.shared.finished.subscribe().wait_for(|finished| *finished).await;
        self.snapshot()
    }
}

impl Shared {
    async fn make(self: Arc<Self>, mut stopped: watch::Receiver<bool>) {
        let mut requests = JoinSet::new();
        for number in 0..self.options.arrivals() {
            let due = self.began + self.options.due(number);
            tokio::select! {
                // Completes also with an error, when the handle was dropped.
                _ = stopped.wait_for(|stopped| *stopped) => break,
                () = sleep_until(due) => {}
            }
            lock(&self.tally).sent += 1;
            requests.spawn(Arc::clone(&self).request(due));
            while requests.try_join_next().is_some() {}
        }
        while requests.join_next().await.is_some() {}
        lock(&self.tally).finished = true;
        self.finished.send_replace(true);
    }

    async fn request(self: Arc<Self>, due: Instant) {
        let late = due + Duration::from_millis(self.options.timeout_ms);
        let (version, failure) = match timeout_at(late, self.ask()).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(reason)) => (String::new(), Some(reason)),
            Err(_) => (String::new(), Some("no answer in time".to_owned())),
        };
        lock(&self.tally).add(Ending { version, failure, took: due.elapsed() });
    }

    /// Sends one request and takes its whole answer: the version and why it failed, if it did.
    async fn ask(&self) -> Result<(String, Option<String>), String> {
        let uri = format!("http://{}{}", self.options.target, self.options.path);
        let request = Request::get(uri).body(Full::<Bytes>::default()).map_err(|error| error.to_string())?;
        let reply = self.pool.request(request).await.map_err(|error| describe(&error))?;
        let (parts, body) = reply.into_parts();
        let version = parts.headers.get(VERSION_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let failure = if parts.headers.contains_key(NO_UPSTREAM_HEADER) {
            Some("no upstream".to_owned())
        } else {
            parts.status.is_server_error().then(|| format!("status {}", parts.status.as_u16()))
        };
        match body.collect().await {
            Ok(_) => Ok((version, failure)),
            Err(error) => Ok((version, Some(format!("the answer broke off: {error}")))),
        }
    }
}

/// An error with what caused it, which is where hyper says what happened.
fn describe(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
