//! Checks, gates, metric sources and notifiers for [`deployment_core`] that are not tied to one cloud.
//!
//! The crate is reserved: its plugins arrive with the next release.

pub mod expect;
pub mod suite;
