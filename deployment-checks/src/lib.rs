//! Checks, gates, metric sources and notifiers for [`deployment_core`] that are not tied to one cloud.
//!
//! What calls out goes through one door: a [`net::Network`] that decides which addresses may be reached, and for HTTP an
//! [`http::HttpClient`] with one policy for the whole crate. Credentials are [`secret::Secret`]s and are shown nowhere.
//!
//! ```
//! use std::time::Duration;
//! use deployment_checks::{http::{HttpClient, HttpRequest}, net::{AddressPolicy, Network}, secret::{SafeUrl, Secret}};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
//! let network = Network::new(AddressPolicy::default().deny("10.9.0.0/16")?);
//! let client = HttpClient::builder().network(network).deadline(Duration::from_secs(5)).build()?;
//!
//! let request = HttpRequest::get(SafeUrl::parse("http://169.254.169.254/latest/meta-data/")?).bearer(&Secret::new("token"))?;
//! let error = client.send(&request).await.unwrap_err();
//! assert!(error.to_string().contains("metadata service"));
//! # Ok(()) }
//! ```
//!
//! # Where to begin
//! | to | see | feature |
//! |---|---|---|
//! | keep a credential out of sight | [`secret::Secret`], [`secret::SafeUrl`] | |
//! | decide what may be reached | [`net::AddressPolicy`], [`net::Network`] | |
//! | trust an authority of your own | [`net::Tls`] | `tls` |
//! | ask over HTTP | [`http::HttpClient`] | `http` (default) |
//! | learn what a rate of requests does | [`load::LoadTest`] | |
//! | know whether something is well | [`health`] | `http`, `tls`, `dns`, `postgres`, `redis`, `mongodb`, `smtp`, `grpc` |
//! | make one number of many checks | [`score::HealthScore`] | |
//! | run many checks all the time | [`monitor::HealthMonitor`] | |
//! | say what an answer must be like | [`expect::Expect`] | |
//! | validate before traffic and after | [`suite::Validation`] | |
//! | measure revisions | [`metric`] | `http` for sources |
//! | compare after a deployment with before | [`compare::Compare`] | |
//!
//! # Features
//! `http` is on by default and brings `tls`. Without features there are secrets, the address policy and plain TCP. Each heavy dependency
//! has a feature of its own.

pub mod compare;
pub mod expect;
pub mod health;
#[cfg(feature = "http")]
pub mod http;
pub mod load;
pub mod look;
pub mod metric;
pub mod monitor;
pub mod net;
pub mod score;
pub mod secret;
pub mod suite;

#[cfg(doctest)]
#[doc = include_str!("../../docs/checks/score.md")]
mod score_page {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/checks/monitor.md")]
mod monitor_page {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/checks/load.md")]
mod load_page {}

#[cfg(all(doctest, feature = "http"))]
#[doc = include_str!("../../docs/checks.md")]
mod guide {}

#[cfg(all(doctest, feature = "http"))]
#[doc = include_str!("../../docs/checks/metrics.md")]
mod metrics_page {}

#[cfg(all(doctest, feature = "http"))]
#[doc = include_str!("../../docs/checks/network.md")]
mod network_checks {}

#[cfg(all(doctest, feature = "http"))]
#[doc = include_str!("../../docs/checks/own.md")]
mod own_check {}

#[cfg(all(doctest, unix, feature = "mongodb", feature = "postgres", feature = "redis"))]
#[doc = include_str!("../../docs/checks/databases.md")]
mod databases_page {}

#[cfg(all(doctest, feature = "smtp"))]
#[doc = include_str!("../../docs/checks/mail.md")]
mod mail_page {}

#[cfg(all(doctest, feature = "grpc"))]
#[doc = include_str!("../../docs/checks/grpc.md")]
mod grpc_page {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/checks/suites.md")]
mod suites_guide {}
