//! What people and their tools rely on when a deployment does not simply go through: one file per topic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod behind;
mod budget;
mod closing;
mod commit;
mod doubt;
mod dry_run;
mod fallback;
mod finally;
mod gates;
mod guards;
mod halted;
mod history;
mod inconclusive;
mod outlast;
mod parking;
mod pausing;
mod plans;
mod releases;
mod retention;
mod scene;
mod signals;
mod slow;
mod superseded;
mod takeover;
mod triggers;
mod unreachable;
mod verbs;
mod worker;
