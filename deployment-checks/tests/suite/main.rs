//! Validation suites: what passes, warns and stops; tries, waits and budgets; results; deployments that demand them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod background;
mod bad;
mod budget;
mod deploy;
#[cfg(feature = "junit")]
mod junit;
mod outcome;
mod repeat;
mod results;
mod support;
mod tries;
#[cfg(feature = "yaml")]
mod yaml;
