//! Whether a port accepts connections.

use std::time::Duration;

use async_trait::async_trait;
use deployment_core::{
    Result,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::Instant,
};

use super::{
    Limits,
    findings::{Findings, Look, Trouble, look},
    place::Place,
    timeout::{TIMEOUT, check_timeout},
};
use crate::{
    expect::{TextRule, quote},
    net::Network,
};

/// The longest banner that is read, in bytes.
const LONGEST_BANNER: u64 = 1024;

/// Connects over TCP, and reads the server's first line if one is expected.
///
/// # Contract
/// - **Healthy:** a connection, a banner as expected, in less than the latency's limits. **Degraded:** the latency's first limit.
///   **Unhealthy:** refused, no name, no answer in time, another banner, the latency's second limit.
/// - **Could not look** (`Err`): the address is denied, or the candidate has no endpoint that TCP can reach.
/// - Nothing is sent. At most 1 KiB is read, up to the first line break, and one deadline holds over everything.
///
/// ```
/// use std::time::Duration;
/// use deployment_checks::{expect::TextRule, health::{Limits, TcpCheck}};
/// use deployment_core::health::HealthCheck;
///
/// let check = TcpCheck::builder("bastion.internal", 22)
///     .banner(TextRule::contains("SSH-2.0"))
///     .latency(Limits::new(Duration::from_millis(200), Duration::from_secs(1)))
///     .build()?;
/// assert_eq!(check.describe(), "TCP bastion.internal:22");
/// assert!(TcpCheck::builder("bastion.internal", 0).build().is_err());
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TcpCheck(TcpCheckBuilder);

/// Puts a [`TcpCheck`] together.
#[derive(Debug, Clone)]
#[must_use]
pub struct TcpCheckBuilder {
    place: Place,
    network: Network,
    banner: Option<TextRule>,
    latency: Option<Limits<Duration>>,
    timeout: Duration,
}

impl TcpCheck {
    /// Connects to `host` (a name or an address) at `port`.
    pub fn builder(host: impl Into<String>, port: u16) -> TcpCheckBuilder {
        TcpCheckBuilder::at(Place::Fixed { host: host.into(), port })
    }

    /// Connects to the candidate's preview endpoint.
    pub fn candidate() -> TcpCheckBuilder {
        TcpCheckBuilder::at(Place::Candidate)
    }
}

impl TcpCheckBuilder {
    fn at(place: Place) -> Self {
        Self { place, network: Network::default(), banner: None, latency: None, timeout: TIMEOUT }
    }

    /// The way out, with its address policy. Default: [`Network::default`].
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// What the server's first line must be like. Default: nothing is read.
    pub fn banner(mut self, rule: TextRule) -> Self {
        self.banner = Some(rule);
        self
    }

    /// How long connecting, and the banner, may take. Default: no limits but the timeout.
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
    /// If host, port, timeout or limits are out of their bounds.
    pub fn build(self) -> Result<TcpCheck> {
        self.place.check()?;
        check_timeout(self.timeout)?;
        self.latency.map_or(Ok(()), |limits| limits.check("latency", Duration::ZERO))?;
        Ok(TcpCheck(self))
    }

    async fn look(&self, context: &HealthContext, deadline: Instant, findings: &mut Findings) -> Look<()> {
        let (host, port) = self.place.find(context)?;
        let began = Instant::now();
        let mut stream = self.network.connect(&host, port, deadline).await?;
        if let Some(rule) = &self.banner {
            let banner = first_line(&mut stream).await.map_err(Trouble::down)?;
            match rule.fault(Some(&banner).filter(|banner| !banner.is_empty()).map(String::as_str)) {
                Some(why) => findings.add(HealthStatus::Unhealthy, format!("the banner {why}")),
                None => findings.add(HealthStatus::Healthy, format!("banner {}", quote(&banner))),
            }
        }
        let took = began.elapsed();
        let words = format!("{} accepts connections, in {} ms", self.place.describe(), took.as_millis());
        match &self.latency {
            Some(limits) => findings.measure(took, limits, words),
            None => findings.add(HealthStatus::Healthy, words),
        }
        Ok(())
    }
}

/// What comes up to a line break, the end, or 1 KiB.
async fn first_line(stream: &mut (impl AsyncRead + Unpin)) -> std::result::Result<String, String> {
    let mut line = Vec::new();
    let mut limited = stream.take(LONGEST_BANNER);
    while !line.contains(&b'\n') {
        match limited.read_buf(&mut line).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return Err(format!("the connection broke before the banner was complete: {}", error.kind())),
        }
    }
    let end = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
    Ok(String::from_utf8_lossy(&line[..end]).trim_end_matches('\r').to_owned())
}

#[async_trait]
impl HealthCheck for TcpCheck {
    fn describe(&self) -> String {
        format!("TCP {}", self.0.place.describe())
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        look(self.0.timeout, async |deadline, findings| self.0.look(context, deadline, findings).await).await
    }
}
