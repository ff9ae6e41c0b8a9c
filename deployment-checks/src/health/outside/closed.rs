//! A port that nobody should reach.

use std::{io, net::SocketAddr, time::Duration};

use async_trait::async_trait;
use deployment_core::{
    Error, ErrorKind, Result,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
};
use futures::future::join_all;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::{
    health::{findings::look, place::Place},
    net::{Network, own},
};

/// That every address of a host refuses connections at a port, or is silent.
#[derive(Debug)]
pub(super) struct Closed {
    host: String,
    port: u16,
    network: Network,
    timeout: Duration,
}

impl Closed {
    pub(super) fn new(host: String, port: u16, network: Network, timeout: Duration) -> Result<Self> {
        Place::Fixed { host: host.clone(), port }.check()?;
        Ok(Self { host, port, network, timeout })
    }
}

#[async_trait]
impl HealthCheck for Closed {
    fn describe(&self) -> String {
        format!("closed port {}", self.port)
    }

    async fn check(&self, _context: &HealthContext) -> Result<HealthReport> {
        look(self.timeout, async |_, findings| {
            // A name that leads nowhere says nothing about its ports. Half of the time is kept for these.
            let addresses = self.network.resolve(&self.host, self.port, Instant::now() + self.timeout / 3).await?;
            let tries = addresses.into_iter().map(|address| probe(address, self.timeout / 2));
            let seen = join_all(tries).await;
            if seen.iter().all(|seen| matches!(seen, Seen::Closed)) {
                findings.add(HealthStatus::Healthy, "it is closed");
            }
            if seen.iter().any(|seen| matches!(seen, Seen::Open)) {
                findings.add(HealthStatus::Unhealthy, "it accepts connections, it must not");
            }
            for seen in seen {
                if let Seen::Nothing(error) = seen {
                    findings.blind(error.with("host", &self.host).with("port", self.port));
                }
            }
            Ok(())
        })
        .await
    }
}

/// What one address shows.
enum Seen {
    Open,
    Closed,
    Nothing(Error),
}

/// Closed is what refuses, or is silent for all of `patience`. Whoever cannot get there knows nothing.
async fn probe(address: SocketAddr, patience: Duration) -> Seen {
    match timeout(patience, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Seen::Open,
        Err(_) => Seen::Closed,
        Ok(Err(error)) if matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::TimedOut) => Seen::Closed,
        Ok(Err(error)) => {
            let unknown = || Error::new(ErrorKind::Unreachable, "connect", format!("whether it is closed is not known: {}", error.kind()));
            Seen::Nothing(own::fault(&error).unwrap_or_else(unknown))
        }
    }
}
