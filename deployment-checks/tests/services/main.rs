//! Checks of databases, mail servers and gRPC, against real servers and hostile ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![expect(unreachable_pub, reason = "`support` is written as a library would be")]

mod grpc;
mod help;
mod mongodb;
mod postgres;
mod redis;
#[path = "../servers/mod.rs"]
mod servers;
mod smtp;
#[allow(dead_code, unused_imports, reason = "this program needs a part of it")]
#[path = "../checks/support/mod.rs"]
mod support;
