//! One suite per trait: whether an implementation keeps the trait's contract.
//!
//! Each suite returns what it has found; [`assert_none`](super::assert_none) makes a test of that.
//!
//! ```
//! use deployment_core::{judge::Threshold, testkit::{assert_none, conformance}};
//!
//! assert_none(&conformance::judge::check(&Threshold::error_rate(5.0)?));
//! # Ok::<(), deployment_core::Error>(())
//! ```

pub mod action;
pub mod backup;
mod findings;
pub mod gate;
pub mod health;
mod journal;
pub mod judge;
pub mod metric;
pub mod migration;
pub mod notifier;
pub mod strategy;
pub mod target;
mod target_calls;

pub use journal::{journal, journal_rules};
