//! Many reports become one score, and the score a verdict.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod composite;
mod formula;
mod verdict;
