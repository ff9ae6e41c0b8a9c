//! Deployments whose orchestrator is a process of its own, which is killed with SIGKILL; another process takes the deployment up.
#![cfg(all(feature = "ecs", feature = "dynamodb"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::large_futures, reason = "tests")]

#[path = "../cloud/mod.rs"]
mod cloud;

#[path = "../blue_green/shop.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod blue_green;
mod canary;
#[path = "../ecs/shop.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod ecs;
mod forgetful;
#[path = "../ecs/goods.rs"]
mod goods;
mod process;
mod rolling;
#[path = "../ecs/scaled.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod scaled;
mod scene;
mod sweep;
