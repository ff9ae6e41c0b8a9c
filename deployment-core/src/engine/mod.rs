//! The decision core: a pure state machine over [`Record`]s.
//!
//! `state = records.fold(apply)`; [`next`](State::next) says what to do. It knows no I/O, no clock and no strategy.

mod record;

pub use record::{Accepted, Call, Finding, Outcome, Record, RevisionFacts, Sample, Survey, TimeUp, WatchSample};
