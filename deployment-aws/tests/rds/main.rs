//! Backups by RDS's snapshots, over the wire.
#![cfg(feature = "rds")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "../cloud/mod.rs"]
mod cloud;

mod conformance;
mod copies;
mod copies_deployed;
mod copies_kept;
mod deployments;
mod permissions;
mod refusals;
mod regions;
mod restores;
mod retention;
mod support;
