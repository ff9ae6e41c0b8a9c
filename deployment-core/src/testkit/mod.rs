//! For tests of plugins and tools: clocks, fakes, fault injection, conformance suites, and an oracle that checks a deployment against
//! what its targets have been through.

mod clock;
pub mod fake;
pub mod faults;
pub mod sample;

pub use clock::{ManualClock, SkewedClock, TokioClock};
