//! Many checks on their own intervals, in virtual time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod feeds;
mod input;
mod lives;
mod places;
mod probe;
mod states;
mod turns;
