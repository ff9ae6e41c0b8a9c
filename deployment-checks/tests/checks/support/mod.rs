//! Peers, names and logs for tests.
//!
//! | need | take |
//! |---|---|
//! | a server that says exact bytes, or misbehaves | [`Peer`] and [`hostile`] |
//! | certificates, good and bad, and a server that shows them | [`Authority`], [`tls_peer`] |
//! | a DNS answer that changes | [`Names`] |
//! | a DNS server that says what the test wants | [`dns`] |
//! | a client that may reach this machine | [`client`], [`local`] |
//! | everything that is logged at `TRACE` | [`Logs`] |

mod certificates;
#[cfg(feature = "dns")]
pub mod dns;
pub mod hostile;
mod logs;
mod names;
mod peer;

use std::time::Duration;

use deployment_checks::{
    http::{HttpClient, HttpClientBuilder},
    net::{AddressPolicy, Network},
    secret::SafeUrl,
};

pub use certificates::{Authority, tls_peer};
pub use logs::Logs;
pub use names::Names;
pub use peer::{Peer, read_request};

/// Long enough for a slow machine: a test that waits for it fails.
pub const GENEROUS: Duration = Duration::from_secs(20);

/// Short: for peers that never finish.
pub const SHORT: Duration = Duration::from_millis(400);

/// A network that reaches `127.0.0.1` as well.
pub fn local() -> Network {
    Network::new(AddressPolicy::default().allow("127.0.0.1/32").unwrap())
}

/// Options of a client that reaches `127.0.0.1` as well.
pub fn client() -> HttpClientBuilder {
    HttpClient::builder().network(local()).deadline(GENEROUS)
}

/// The URL in `text`.
pub fn url(text: &str) -> SafeUrl {
    SafeUrl::parse(text).unwrap()
}
