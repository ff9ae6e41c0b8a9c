//! Checked connections.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use deployment_core::{Error, ErrorKind, Result};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::{AddressPolicy, Resolve, SystemResolver, own};

/// How many addresses of one name are tried.
const MOST_ADDRESSES: usize = 16;

/// The way out: every connection of the crate is made by one, under its [`AddressPolicy`].
///
/// Cheap to clone; share one.
///
/// ```
/// use std::time::Duration;
/// use deployment_checks::net::Network;
/// use tokio::time::Instant;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let deadline = Instant::now() + Duration::from_secs(5);
/// let error = Network::default().connect("127.0.0.1", 22, deadline).await.unwrap_err();
/// assert!(error.to_string().contains("loopback"));
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Network {
    policy: Arc<AddressPolicy>,
    resolver: Arc<dyn Resolve>,
}

impl Network {
    /// A network under `policy`, with the system's resolver.
    #[must_use]
    pub fn new(policy: AddressPolicy) -> Self {
        Self { policy: Arc::new(policy), resolver: Arc::new(SystemResolver) }
    }

    /// The same with another resolver.
    #[must_use]
    pub fn with_resolver(mut self, resolver: impl Resolve) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// Its policy.
    #[must_use]
    pub fn policy(&self) -> &AddressPolicy {
        &self.policy
    }

    /// Asks once for the addresses of `host` (a name or an address), and gives them if *all* are allowed: a name that mixes allowed and
    /// denied addresses is somebody's trick or mistake, and is refused whole.
    ///
    /// # Errors
    /// If an address is denied ([`ErrorKind::InvalidInput`]), there is none, or `deadline` passes ([`ErrorKind::Unreachable`]).
    pub async fn resolve(&self, host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>> {
        let addresses = match host.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => timeout_at(deadline, self.resolver.resolve(host))
                .await
                .map_err(|_| Error::new(ErrorKind::Unreachable, "resolve", "no answer in time").with("host", host))??,
        };
        if addresses.is_empty() {
            return Err(Error::new(ErrorKind::Unreachable, "resolve", "the name has no address").with("host", host));
        }
        for address in &addresses {
            self.policy.check(*address).map_err(|error| error.with("host", host))?;
        }
        Ok(addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }

    /// Connects to `host` (a name or an address) at `port`: resolves once, checks every answer, and tries these addresses, and no
    /// others, in turn. Each gets an equal share of what is left of the time.
    ///
    /// # Errors
    /// As [`Network::resolve`], and if none of the first 16 addresses accepts ([`ErrorKind::Unreachable`]). What this machine lacks (open
    /// files, memory, ports) is [`ErrorKind::RateLimited`].
    pub async fn connect(&self, host: &str, port: u16, deadline: Instant) -> Result<TcpStream> {
        let mut addresses = self.resolve(host, port, deadline).await?;
        addresses.truncate(MOST_ADDRESSES);
        let (mut fault, mut lacking) = (None, None);
        for (i, address) in addresses.iter().enumerate() {
            let left = u32::try_from(addresses.len() - i).unwrap_or(1);
            let until = Instant::now() + share(deadline, left);
            match timeout_at(until, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return no_delay(stream),
                Ok(Err(error)) => match own::fault(&error) {
                    // That may be true of one family of addresses only.
                    Some(own) if error.kind() == io::ErrorKind::AddrNotAvailable => lacking = Some(own),
                    Some(own) => return Err(own.with("host", host).with("port", port)),
                    None => fault = Some(error.kind().to_string()),
                },
                Err(_) => fault = Some("no answer in time".into()),
            }
        }
        let error = match (fault, lacking) {
            (None, Some(own)) => own,
            (fault, _) => Error::new(ErrorKind::Unreachable, "connect", fault.unwrap_or_else(|| "no address".into())),
        };
        Err(error.with("host", host).with("port", port))
    }
}

fn share(deadline: Instant, parts: u32) -> Duration {
    deadline.saturating_duration_since(Instant::now()) / parts.max(1)
}

/// Small requests are not held back for more to come.
fn no_delay(stream: TcpStream) -> Result<TcpStream> {
    let done = stream.set_nodelay(true);
    done.map_err(|error| Error::new(ErrorKind::Unreachable, "connect", error.kind().to_string()))?;
    Ok(stream)
}

impl Default for Network {
    fn default() -> Self {
        Self::new(AddressPolicy::default())
    }
}
