//! For tests of plugins and tools: clocks, fakes, fault injection, conformance suites, and an oracle that checks a deployment against
//! what its targets have been through.

mod clock;
pub mod conformance;
pub mod fake;
pub mod faults;
pub mod oracle;
pub mod sample;
pub mod sweep;
mod through;
mod violation;

pub use clock::{ManualClock, SkewedClock, TokioClock};
pub use violation::{Violation, assert_none};
