//! Blue/green and canary deployments of two services behind one rule, over the wire and in virtual time.
#![cfg(feature = "ecs")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::large_futures, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "../cloud/mod.rs"]
mod cloud;

mod bad;
mod check;
mod conformance;
mod emergency;
mod good;
#[path = "../ecs/goods.rs"]
mod goods;
#[cfg(feature = "dynamodb")]
mod journal_outages;
mod lost_answers;
#[cfg(feature = "dynamodb")]
mod machines;
mod on_the_way;
mod others;
mod outages;
mod shop;
