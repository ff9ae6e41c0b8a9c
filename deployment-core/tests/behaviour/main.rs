//! What people and their tools rely on when a deployment does not simply go through: one file per topic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod budget;
mod closing;
mod doubt;
mod finally;
mod gates;
mod halted;
mod inconclusive;
mod parking;
mod pausing;
mod plans;
mod retention;
mod scene;
mod signals;
mod superseded;
mod takeover;
mod tracing;
mod triggers;
mod unreachable;
mod verbs;
