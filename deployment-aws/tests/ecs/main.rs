//! Services of ECS, over the wire.
#![cfg(feature = "ecs")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::large_futures, reason = "tests")]

#[path = "../cloud/mod.rs"]
mod cloud;

mod bad;
mod balanced;
mod conformance;
mod crashes;
mod definitions;
mod good;
mod goods;
mod input;
mod kept;
mod lost;
mod others;
mod scaled;
mod scaling;
mod shop;
