//! Health checks. Each is a [`HealthCheck`](deployment_core::health::HealthCheck) with a builder.
//!
//! | check | looks at | feature |
//! |---|---|---|
//! | [`HttpCheck`] | any HTTP endpoint; `/health…` with its usual bodies | `http` (default) |
//! | [`TlsCheck`] | chain, name, days left, version | `tls` (with `http`) |
//! | [`OutsideCheck`] | what the world sees: redirect to https, ports, TLS, headers | `http` (default) |
//! | [`TcpCheck`] | a port, and what the server says first | |
//! | [`DnsCheck`] | a name's addresses; with `dns` also other records, and a given server | |
//! | [`CommandCheck`] | what a program says | |
//!
//! They share how a measure is judged ([`Limits`]) and how a verdict is made:
//!
//! | what is seen | becomes |
//! |---|---|
//! | all measures below their limits | healthy, score 100 |
//! | measures from `degraded` on | degraded; the score is 75, 50 for two, 25 for three or more |
//! | a measure from `failed` on; refused, silent, broken off, speaks nonsense, a certificate that does not verify | unhealthy |
//! | an address that the policy denies, credentials that are refused, a right to look that is missing | an error: *could not look* |
//!
//! What could not be looked at is an error also if everything else is well; if something else has failed, that is reported.

mod command;
mod dns;
mod findings;
#[cfg(feature = "http")]
mod http;
mod limits;
#[cfg(feature = "http")]
mod outside;
mod place;
mod tcp;
mod timeout;
#[cfg(feature = "tls")]
mod tls;

pub use command::{CommandCheck, CommandCheckBuilder};
pub use dns::{DnsCheck, DnsCheckBuilder, Record};
#[cfg(feature = "http")]
pub use http::{Dependency, HealthBody, HealthBodyRules, HttpCheck, HttpCheckBuilder};
pub use limits::Limits;
#[cfg(feature = "http")]
pub use outside::{OutsideCheck, OutsideCheckBuilder};
pub use tcp::{TcpCheck, TcpCheckBuilder};
#[cfg(feature = "tls")]
pub use tls::{TlsCheck, TlsCheckBuilder, TlsVersion};
