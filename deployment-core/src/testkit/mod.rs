//! For tests of plugins and tools: conformance suites.

pub mod conformance;
mod violation;

pub use violation::{Violation, assert_none};
