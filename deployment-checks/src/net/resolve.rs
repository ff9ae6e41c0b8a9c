//! Names to addresses.

use std::{fmt, net::IpAddr};

use async_trait::async_trait;
use deployment_core::{Error, ErrorKind, Result};

use super::own;

/// Turns a name into addresses.
///
/// # Contract
/// - **Who implements:** the library ([`SystemResolver`]); a team with a resolver of its own; a test that wants an answer that changes.
///   **Who calls:** [`Network`](super::Network), once per connection, with a deadline around it.
/// - Gives every address that the name has; the order is the order in which they are tried. What it gives is checked by the policy
///   afterwards: an implementation decides nothing.
/// - An empty answer is an error, with [`ErrorKind::Unreachable`].
///
/// ```
/// use std::net::IpAddr;
/// use deployment_checks::net::{Network, Resolve};
/// use deployment_core::Result;
///
/// /// Knows one name.
/// #[derive(Debug)]
/// struct Fixed;
///
/// #[async_trait::async_trait]
/// impl Resolve for Fixed {
///     async fn resolve(&self, _name: &str) -> Result<Vec<IpAddr>> {
///         Ok(vec![IpAddr::from([10, 0, 0, 7])])
///     }
/// }
///
/// let network = Network::default().with_resolver(Fixed);
/// # let _ = network;
/// ```
#[async_trait]
pub trait Resolve: fmt::Debug + Send + Sync + 'static {
    /// The addresses of `name`, which is no address itself.
    ///
    /// # Errors
    /// If there are none, or nobody could be asked.
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>>;
}

/// The operating system's resolver: `getaddrinfo`, with its hosts file, search domains and cache, on Tokio's blocking threads.
///
/// A call that is given up at its deadline keeps its thread until the system's own timeout.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>> {
        let unreachable = |message: String| Error::new(ErrorKind::Unreachable, "resolve", message).with("host", name);
        let fault = |error| {
            own::fault(&error).map_or_else(|| unreachable(format!("the name has no address: {error}")), |own| own.with("host", name))
        };
        let found = tokio::net::lookup_host((name, 0)).await.map_err(fault)?;
        let addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
        if addresses.is_empty() { Err(unreachable("the name has no address".into())) } else { Ok(addresses) }
    }
}
