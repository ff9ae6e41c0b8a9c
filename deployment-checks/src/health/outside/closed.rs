//! A port that nobody should reach.

use std::time::Duration;

use async_trait::async_trait;
use deployment_core::{
    ErrorKind, Result,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
};
use tokio::time::Instant;

use crate::{
    health::{findings::look, place::Place},
    net::Network,
};

/// That no address of a host accepts connections at a port.
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
        look(self.timeout, async |deadline, findings| {
            // A name that leads nowhere says nothing about its ports.
            self.network.resolve(&self.host, self.port, deadline).await?;
            let patience = Instant::now() + self.timeout / 2;
            match self.network.connect(&self.host, self.port, patience.min(deadline)).await {
                Ok(_) => findings.add(HealthStatus::Unhealthy, "it accepts connections, it must not"),
                Err(error) if error.kind() == ErrorKind::Unreachable => findings.add(HealthStatus::Healthy, "it is closed"),
                Err(error) => return Err(error.into()),
            }
            Ok(())
        })
        .await
    }
}
