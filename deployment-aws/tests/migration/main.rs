//! Migrations by one-off tasks of ECS, over the wire.
#![cfg(all(feature = "ecs", feature = "rds"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "../cloud/mod.rs"]
mod cloud;

mod deployments;
mod refusals;
mod support;
mod tasks;
