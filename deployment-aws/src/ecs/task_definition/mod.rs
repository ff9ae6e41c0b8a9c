//! Task definitions by difference: the one that runs, with what a release declares and nothing else.
//!
//! A revision that is registered here carries tags by which it is found again: `RegisterTaskDefinition` is not idempotent.

mod change;
mod difference;
mod image;
mod marks;
mod platform;
mod same;

pub use difference::{Change, Difference};

pub(super) use change::Changes;
pub(super) use image::digest;
pub(super) use marks::Marks;
pub(super) use same::again;
