//! Whether TLS is as it should be, and for how long.

use std::time::Duration;

use async_trait::async_trait;
use deployment_core::{
    Error, Result, Timestamp,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
};
use rustls::ProtocolVersion;
use tokio::{net::TcpStream, time::Instant};

use super::{
    Limits,
    findings::{Findings, Look, Trouble, look},
    place::Place,
    timeout::{TIMEOUT, check_timeout},
};
use crate::net::{Network, Tls, TlsStream};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The oldest version of TLS that a server may agree on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246), the oldest that is spoken at all.
    #[default]
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

/// Shakes hands over TLS as a client would, and looks at what the server shows.
///
/// # Contract
/// - **Unhealthy:** no connection; a chain that does not lead to a trusted root, another host's name, expired or not yet valid; a version
///   below the minimum; no TLS at all; fewer days left than the second limit.
/// - **Degraded:** fewer days left than the first limit, or the latency's first limit.
/// - **Could not look** (`Err`): the address is denied, or the candidate has no endpoint that TCP can reach.
/// - The time is the context's [`now`](deployment_core::DeploymentContext::now), not the machine's. Days are those of the whole chain that
///   verifies, an intermediate's included. A verification that fails is a report, never an error, and cannot be turned off.
/// - TLS 1.1 and older are not spoken: a server that knows nothing else is unhealthy. That a server refuses them is not looked at.
///
/// Below 30 days it is degraded, below 7 unhealthy: automatic renewal usually happens 30 days before the end (as ACME clients do), and
/// within a week somebody must act.
///
/// ```
/// use deployment_checks::health::{TlsCheck, TlsVersion};
/// use deployment_core::health::HealthCheck;
///
/// let check = TlsCheck::builder("10.0.0.7", 443).server_name("shop.example.com").days(45, 14).minimum(TlsVersion::Tls13).build()?;
/// assert_eq!(check.describe(), "TLS 10.0.0.7:443 as shop.example.com");
///
/// let error = TlsCheck::builder("shop.example.com", 443).days(7, 30).build().unwrap_err();
/// assert!(error.to_string().contains("days"));
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TlsCheck {
    options: TlsCheckBuilder,
    tls: Tls,
}

/// Puts a [`TlsCheck`] together.
#[derive(Debug, Clone)]
#[must_use]
pub struct TlsCheckBuilder {
    place: Place,
    network: Network,
    tls: Option<Tls>,
    server_name: Option<String>,
    minimum: TlsVersion,
    degraded_below: u16,
    unhealthy_below: u16,
    latency: Option<Limits<Duration>>,
    timeout: Duration,
}

impl TlsCheck {
    /// Connects to `host` (a name or an address) at `port`, and expects its certificate.
    pub fn builder(host: impl Into<String>, port: u16) -> TlsCheckBuilder {
        TlsCheckBuilder::at(Place::Fixed { host: host.into(), port })
    }

    /// Connects to the candidate's preview endpoint.
    pub fn candidate() -> TlsCheckBuilder {
        TlsCheckBuilder::at(Place::Candidate)
    }

    async fn look(&self, context: &HealthContext, deadline: Instant, findings: &mut Findings) -> Look<()> {
        let now = context.deployment.now;
        let (host, port) = self.options.place.find(context)?;
        let name = self.options.server_name.as_deref().unwrap_or(&host);
        let began = Instant::now();
        let stream = self.options.network.connect(&host, port, deadline).await?;
        let stream = self.tls.at(now).connect(stream, name, deadline).await?;
        let took = began.elapsed();
        self.judge_version(&stream, findings);
        self.judge_days(&stream, name, now, findings)?;
        if let Some(limits) = &self.options.latency {
            findings.measure(took, limits, format!("handshake in {} ms", took.as_millis()));
        }
        Ok(())
    }

    fn judge_version(&self, stream: &TlsStream<TcpStream>, findings: &mut Findings) {
        let agreed = match stream.get_ref().1.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => TlsVersion::Tls13,
            _ => TlsVersion::Tls12,
        };
        if agreed < self.options.minimum {
            findings.add(
                HealthStatus::Unhealthy,
                format!("the server agrees on {}, it must on {}", agreed.text(), self.options.minimum.text()),
            );
        } else {
            findings.add(HealthStatus::Healthy, format!("the certificate verifies, {}", agreed.text()));
        }
    }

    fn judge_days(&self, stream: &TlsStream<TcpStream>, name: &str, now: Timestamp, findings: &mut Findings) -> Look<()> {
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let until = self.tls.valid_until(chain, name, now)?;
        let until = until.ok_or_else(|| Trouble::down("it cannot be told until when the certificate is valid"))?;
        let days = until.since(now).as_secs() / DAY.as_secs();
        let status = match days {
            days if days < u64::from(self.options.unhealthy_below) => HealthStatus::Unhealthy,
            days if days < u64::from(self.options.degraded_below) => HealthStatus::Degraded,
            _ => HealthStatus::Healthy,
        };
        findings.add(status, format!("valid for {days} more days, until {until}"));
        Ok(())
    }
}

impl TlsVersion {
    fn text(self) -> &'static str {
        match self {
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

impl TlsCheckBuilder {
    pub(super) fn at(place: Place) -> Self {
        Self {
            place,
            network: Network::default(),
            tls: None,
            server_name: None,
            minimum: TlsVersion::default(),
            degraded_below: 30,
            unhealthy_below: 7,
            latency: None,
            timeout: TIMEOUT,
        }
    }

    /// The way out, with its address policy. Default: [`Network::default`].
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// The roots to trust, and a client certificate. Default: [`Tls::public`].
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// The name that is asked for (SNI) and that the certificate must be for. Default: the host.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// The oldest version to agree on. Default: TLS 1.2.
    pub fn minimum(mut self, version: TlsVersion) -> Self {
        self.minimum = version;
        self
    }

    /// Below how many days left it is degraded, and below how many unhealthy. Default: 30 and 7; 0 looks at what has expired only.
    pub fn days(mut self, degraded_below: u16, unhealthy_below: u16) -> Self {
        (self.degraded_below, self.unhealthy_below) = (degraded_below, unhealthy_below);
        self
    }

    /// How long connecting and shaking hands may take. Default: no limits but the timeout.
    pub fn latency(mut self, limits: Limits<Duration>) -> Self {
        self.latency = Some(limits);
        self
    }

    /// The time for one look. Default: 5 s; at most an hour.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The check.
    ///
    /// # Errors
    /// If host, port, name, days, timeout or limits are out of their bounds.
    pub fn build(mut self) -> Result<TlsCheck> {
        self.place.check()?;
        check_timeout(self.timeout)?;
        self.latency.map_or(Ok(()), |limits| limits.check("latency", Duration::ZERO))?;
        if self.degraded_below < self.unhealthy_below {
            return Err(Error::invalid("days", "it would be unhealthy before it is degraded; give the larger number first"));
        }
        if let Some(name) = &self.server_name {
            crate::net::server_name(name)
                .map_err(|_| Error::invalid("server_name", format!("{name:?} is no name that a certificate can be for")))?;
        }
        let tls = self.tls.take().map_or_else(Tls::public, Ok)?;
        Ok(TlsCheck { options: self, tls })
    }
}

#[async_trait]
impl HealthCheck for TlsCheck {
    fn describe(&self) -> String {
        let name = self.options.server_name.as_ref().map_or_else(String::new, |name| format!(" as {name}"));
        format!("TLS {}{name}", self.options.place.describe())
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        look(self.options.timeout, async |deadline, findings| self.look(context, deadline, findings).await).await
    }
}
