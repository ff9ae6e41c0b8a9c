//! The reference pipeline, from its plan to what is there in the account afterwards, in virtual time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::large_futures, clippy::panic, reason = "tests")]

#[path = "../../../deployment-aws/tests/cloud/mod.rs"]
mod cloud;
#[path = "../../examples/loan_management/stories/mod.rs"]
mod stories;

mod account;
mod names;
mod told;
mod triggers;
