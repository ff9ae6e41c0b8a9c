//! How a server is reached.

use std::time::Duration;

use deployment_core::Result;

use super::timeout::{TIMEOUT, check_timeout};
use crate::net::{Network, Tls};

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
        check_timeout(self.timeout)?;
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
