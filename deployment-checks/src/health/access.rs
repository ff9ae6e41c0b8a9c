//! How a server is reached.

use std::time::Duration;

use deployment_core::{Error, Result};

use crate::net::{Network, Tls};

/// As long as the guides give a health check (HEALTH-1).
const TIMEOUT: Duration = Duration::from_secs(5);

/// How a check reaches its server: under which address policy, with which TLS, for how long.
///
/// TLS is demanded, and the public authorities are trusted, unless told otherwise.
///
/// ```
/// use std::time::Duration;
/// use deployment_checks::{health::Access, net::{AddressPolicy, Network}};
///
/// // A server on this machine, without TLS.
/// let network = Network::new(AddressPolicy::default().allow("127.0.0.1/32")?);
/// let access = Access::new().network(network).plaintext().timeout(Duration::from_secs(2));
/// # let _ = access;
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Access {
    pub(super) network: Network,
    security: Security,
    pub(super) timeout: Duration,
}

#[derive(Debug, Clone)]
enum Security {
    Public,
    Own(Tls),
    Plaintext,
}

impl Access {
    /// The usual network, TLS with the public authorities, 5 s in all.
    pub fn new() -> Self {
        Self { network: Network::default(), security: Security::Public, timeout: TIMEOUT }
    }

    /// Through this network, with its address policy.
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// With this TLS, for an authority of your own or a client certificate.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.security = Security::Own(tls);
        self
    }

    /// **Without TLS**: whoever is on the way can read the password and answer in the server's place. For this machine only.
    pub fn plaintext(mut self) -> Self {
        self.security = Security::Plaintext;
        self
    }

    /// How long one look may take in all; 5 s unless told otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The TLS to speak, if any; checks the rest.
    pub(super) fn security(&self) -> Result<Option<Tls>> {
        if self.timeout.is_zero() || self.timeout > Duration::from_secs(3_600) {
            return Err(Error::invalid("timeout", "must be more than nothing and at most an hour; 5 s is usual"));
        }
        match &self.security {
            Security::Public => Tls::public().map(Some),
            Security::Own(tls) => Ok(Some(tls.clone())),
            Security::Plaintext => Ok(None),
        }
    }
}

impl Default for Access {
    fn default() -> Self {
        Self::new()
    }
}

/// That there is somewhere to go.
#[cfg(any(feature = "grpc", feature = "mongodb", feature = "redis", feature = "smtp"))]
pub(super) fn server(host: &str, port: u16) -> Result<()> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '@' | '[' | ']' | '?' | '#');
    if host.is_empty() || host.len() > 253 || host.contains(odd) {
        return Err(Error::invalid("host", "must be a name or an address, without scheme, user and port"));
    }
    if port == 0 { Err(Error::invalid("port", "must be from 1 to 65535")) } else { Ok(()) }
}
