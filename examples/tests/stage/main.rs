//! The stage, with real processes and real requests.
//!
//! Nothing here depends on how fast the machine is: what must come is waited for, and what must not be is counted.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helper that cannot go on fails the test")]

mod conformance;
mod crashes;
mod errors;
mod lives;
mod metrics;
mod orders;
mod replace;
mod traffic;
mod world;
