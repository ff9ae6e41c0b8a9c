//! The journal on DynamoDB, over the wire.
#![cfg(feature = "dynamodb")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "../cloud/mod.rs"]
mod cloud;

mod conformance;
mod damage;
mod large;
mod lost_answers;
mod machines;
mod on_the_way;
mod orchestrators;
mod removal;
mod support;
mod table;
mod the_cloud;
mod virtual_time;
mod writers;
