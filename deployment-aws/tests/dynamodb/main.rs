//! The journal on DynamoDB, over the wire.
#![cfg(feature = "dynamodb")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "../cloud/mod.rs"]
mod cloud;

mod conformance;
mod support;
mod the_cloud;
