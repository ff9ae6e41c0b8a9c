//! The crate's checks against peers that behave, misbehave and attack, all on this machine.
//!
//! One program, so that the peers of [`support`] are built once: a new family of tests is a module here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![expect(unreachable_pub, reason = "`support` is written as a library would be")]

mod health;
mod hostile;
mod http;
mod network;
mod secrets;
mod ssrf;
mod support;
mod tls;
mod transaction;
