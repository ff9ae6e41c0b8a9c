//! Health checks. Each is a [`HealthCheck`](deployment_core::health::HealthCheck) with a builder.
//!
//! | check | looks at | feature |
//! |---|---|---|
//! | `HttpCheck` | any HTTP endpoint; `/health…` with its usual bodies | `http` (default) |
//! | `TlsCheck` | chain, name, days left, version | `tls` (with `http`) |
//! | `OutsideCheck` | what the world sees: redirect to https, ports, TLS, headers | `http` (default) |
//! | [`TcpCheck`] | a port, and what the server says first | |
//! | [`DnsCheck`] | a name's addresses; with `dns` also other records, and a given server | |
//! | [`CommandCheck`] | what a program says | |
//! | `PostgresCheck` | query time, connections, locks, transactions, replication | `postgres` |
//! | `RedisCheck` | answer time, memory, clients, replication | `redis` |
//! | `MongoCheck` | answer time, connections, replica set (Unix) | `mongodb` |
//! | `SmtpCheck` | a mail server's greeting, TLS, login | `smtp` |
//! | `GrpcCheck` | gRPC's health protocol | `grpc` |
//!
//! They share how a measure is judged ([`Limits`]) and how a verdict is made; those of servers also how one is reached (`Access`: address
//! policy, TLS, timeout):
//!
//! | what is seen | becomes |
//! |---|---|
//! | all measures below their limits | healthy, score 100 |
//! | measures from `degraded` on | degraded; the score is 75, 50 for two, 25 for three or more |
//! | a measure from `failed` on; refused, silent, broken off, speaks nonsense, a certificate that does not verify | unhealthy |
//! | an address that the policy denies, credentials that are refused, a right to look that is missing | an error: *could not look* |
//!
//! What could not be looked at is an error also if everything else is well; if something else has failed, that is reported.
//! A server may send 1 MiB in one look, and is cut off at the timeout, whatever it does.

#[cfg(any(feature = "grpc", feature = "mongodb", feature = "postgres", feature = "redis", feature = "smtp"))]
mod access;
mod command;
#[cfg(any(feature = "grpc", feature = "mongodb", feature = "redis"))]
mod dial;
mod dns;
mod findings;
#[cfg(feature = "grpc")]
mod grpc;
#[cfg(feature = "http")]
mod http;
mod limits;
#[cfg(any(feature = "grpc", feature = "mongodb", feature = "postgres", feature = "redis", feature = "smtp"))]
mod link;
#[cfg(all(unix, feature = "mongodb"))]
mod mongodb;
#[cfg(feature = "http")]
mod outside;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "mongodb", feature = "postgres", feature = "redis"))]
mod role;
#[cfg(feature = "smtp")]
mod smtp;
mod tcp;
mod timeout;
#[cfg(feature = "tls")]
mod tls;

#[cfg(any(feature = "grpc", feature = "mongodb", feature = "postgres", feature = "redis", feature = "smtp"))]
pub use access::Access;
pub use command::{CommandCheck, CommandCheckBuilder};
pub use dns::{DnsCheck, DnsCheckBuilder, Record};
#[cfg(feature = "grpc")]
pub use grpc::{GrpcCheck, GrpcCheckBuilder};
#[cfg(feature = "http")]
pub use http::{Dependency, HealthBody, HealthBodyRules, HttpCheck, HttpCheckBuilder};
pub use limits::Limits;
#[cfg(all(unix, feature = "mongodb"))]
pub use mongodb::{MongoCheck, MongoCheckBuilder};
#[cfg(feature = "http")]
pub use outside::{OutsideCheck, OutsideCheckBuilder};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresCheck, PostgresCheckBuilder};
#[cfg(feature = "redis")]
pub use redis::{RedisCheck, RedisCheckBuilder};
#[cfg(any(feature = "mongodb", feature = "postgres", feature = "redis"))]
pub use role::Role;
#[cfg(feature = "smtp")]
pub use smtp::{SmtpCheck, SmtpCheckBuilder};
pub use tcp::{TcpCheck, TcpCheckBuilder};
#[cfg(feature = "tls")]
pub use tls::{TlsCheck, TlsCheckBuilder, TlsVersion};
