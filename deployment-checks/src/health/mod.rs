//! Health checks that ask a server in its own language: `PostgreSQL`, Redis, MongoDB, mail servers, gRPC.
//!
//! Each is a [`HealthCheck`](deployment_core::health::HealthCheck) with a builder and a cargo feature of its own. They share how a server
//! is reached ([`Access`]: address policy, TLS, timeout), how a measure is judged ([`Limits`]) and how a verdict is made:
//!
//! | what is seen | becomes |
//! |---|---|
//! | all measures below their limits | healthy, score 100 |
//! | measures from `degraded` on | degraded; the score is 75, 50 for two, 25 for three or more |
//! | a measure from `failed` on; refused, silent, broken off, speaks nonsense, a certificate that does not verify | unhealthy |
//! | an address that the policy denies, credentials that are refused, a right to look that is missing | an error: *could not look* |
//!
//! What could not be looked at is an error also if everything else is well; if something else has failed, that is reported.
//! A peer may send 1 MiB in one look, and is cut off at the timeout, whatever it does.

mod access;
#[cfg(any(feature = "grpc", feature = "mongodb", feature = "redis"))]
mod dial;
mod findings;
#[cfg(feature = "grpc")]
mod grpc;
mod limits;
mod link;
#[cfg(all(unix, feature = "mongodb"))]
mod mongodb;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
mod role;
#[cfg(feature = "smtp")]
mod smtp;

pub use access::Access;
#[cfg(feature = "grpc")]
pub use grpc::{GrpcBuilder, GrpcCheck};
pub use limits::Limits;
#[cfg(all(unix, feature = "mongodb"))]
pub use mongodb::{MongoBuilder, MongoCheck};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresBuilder, PostgresCheck};
#[cfg(feature = "redis")]
pub use redis::{RedisBuilder, RedisCheck};
pub use role::Role;
#[cfg(feature = "smtp")]
pub use smtp::{SmtpBuilder, SmtpCheck};
