//! Where the crate may connect to: [`AddressPolicy`], [`Resolve`] and [`Network`], which every check's connection goes through.
//!
//! A name is resolved once, *every* answer is checked, and the connection goes to an address that was checked: a DNS answer that changes
//! in between has no effect. TLS (feature `tls`) is verified, always.
//!
//! ```
//! use deployment_checks::net::{AddressPolicy, Network};
//!
//! // The usual: private networks yes; this machine, link-local and the cloud's metadata service no.
//! let network = Network::default();
//! assert!(network.policy().check("10.1.2.3".parse()?).is_ok());
//! assert!(network.policy().check("169.254.169.254".parse()?).is_err());
//!
//! // A database on this machine, and nothing in the network of the backups.
//! let policy = AddressPolicy::default().allow("127.0.0.1/32")?.deny("10.9.0.0/16")?;
//! let network = Network::new(policy);
//! assert!(network.policy().check("127.0.0.1".parse()?).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod embedded;
mod network;
pub(crate) mod own;
mod policy;
mod ranges;
mod resolve;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
mod validity;

pub use network::Network;
pub use policy::AddressPolicy;
pub use resolve::{Resolve, SystemResolver, resolve_fn};
#[cfg(feature = "tls")]
pub(crate) use tls::server_name;
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsBuilder};
#[cfg(feature = "tls")]
pub use tokio_rustls::client::TlsStream;
