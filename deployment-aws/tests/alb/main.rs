//! The weights of a load balancer's rules, over the wire.
#![cfg(feature = "ecs")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "../cloud/mod.rs"]
mod cloud;

mod check;
mod faults;
mod health;
mod others;
mod routes;
mod support;
mod the_cloud;
