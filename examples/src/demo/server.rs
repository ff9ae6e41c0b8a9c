//! The demo service's process.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hyper::{
    Request, StatusCode,
    body::Incoming,
    header::{HeaderName, HeaderValue},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};

use super::Behaviour;
use crate::{
    http::{self, Reply, VERSION_HEADER},
    roles::{end::end_of_parent_or_sigterm, ready::announce},
};

/// How long requests in flight may take once the service was told to end.
const GRACE: Duration = Duration::from_secs(5);

/// What a demo instance is told when it is started.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoOptions {
    /// The service's name.
    #[arg(long)]
    pub service: String,
    /// The version that it claims to be.
    #[arg(long)]
    pub version: String,
    /// good, errors:RATE, slow:MILLIS, crashes or slow-start:MILLIS.
    #[arg(long, default_value = "good")]
    pub behaviour: Behaviour,
}

impl DemoOptions {
    /// The arguments that [`DemoOptions`] is read from.
    #[must_use]
    pub fn to_args(&self) -> Vec<String> {
        let pairs = [("--service", self.service.clone()), ("--version", self.version.clone()), ("--behaviour", self.behaviour.to_string())];
        pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }
}

/// The line by which an instance tells its supervisor where it listens.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ready {
    pub(crate) address: SocketAddr,
}

struct Demo {
    options: DemoOptions,
    started: Instant,
    /// Held once more by every request that is being answered, also by one whose client goes away.
    answering: Arc<()>,
}

/// Serves until the standard input ends or SIGTERM comes, and finishes what is in flight.
///
/// # Errors
/// If told to crash, or if no port can be had.
pub async fn run(options: DemoOptions) -> io::Result<()> {
    if options.behaviour == Behaviour::Crashes {
        return Err(io::Error::other(format!("{} {} crashes at start, as it was told to", options.service, options.version)));
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    announce(&Ready { address: listener.local_addr()? })?;
    let demo = Arc::new(Demo { options, started: Instant::now(), answering: Arc::new(()) });
    let handler = move |request| {
        let demo = Arc::clone(&demo);
        async move { demo.answer(request).await }
    };
    http::serve(listener, handler, end_of_parent_or_sigterm(), GRACE).await;
    Ok(())
}

impl Demo {
    async fn answer(&self, request: Request<Incoming>) -> Reply {
        let mut reply = match request.uri().path() {
            "/" => self.home().await,
            "/health" => self.health(),
            "/health/ready" => self.ready(),
            _ => http::text(StatusCode::NOT_FOUND, "not found\n"),
        };
        if let Ok(version) = HeaderValue::from_str(&self.options.version) {
            reply.headers_mut().insert(HeaderName::from_static(VERSION_HEADER), version);
        }
        reply
    }

    async fn home(&self) -> Reply {
        let _answering = Arc::clone(&self.answering);
        let DemoOptions { service, version, behaviour } = &self.options;
        let added = if let Behaviour::Slow { added } = behaviour { *added } else { Duration::ZERO };
        sleep(Duration::from_micros(fastrand::u64(2_000..6_000)) + added).await;
        if let Behaviour::Errors { rate } = behaviour
            && fastrand::f64() < *rate
        {
            return http::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": "this release is bad", "version": version }));
        }
        http::json(StatusCode::OK, &json!({ "service": service, "version": version }))
    }

    /// Whether the time that it takes to start is over.
    fn has_started(&self) -> bool {
        !matches!(self.options.behaviour, Behaviour::SlowStart { delay } if self.started.elapsed() < delay)
    }

    fn health(&self) -> Reply {
        let (status, word) = if self.has_started() { (StatusCode::OK, "healthy") } else { (StatusCode::SERVICE_UNAVAILABLE, "starting") };
        let in_flight = Arc::strong_count(&self.answering) - 1;
        let version = &self.options.version;
        http::json(status, &json!({ "status": word, "version": version, "in_flight": in_flight }))
    }

    fn ready(&self) -> Reply {
        let (status, word) = if self.has_started() { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not_ready") };
        let DemoOptions { service, version, .. } = &self.options;
        http::json(status, &json!({ "status": word, "service": service, "version": version }))
    }
}
