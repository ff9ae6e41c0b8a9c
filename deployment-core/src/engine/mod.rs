//! The decision core: a pure state machine over [`Record`]s.
//!
//! `state = records.fold(apply)`; [`State::next`] says what to do. Nothing here does I/O, reads a clock or knows a strategy: time enters as
//! data, and plugins' answers enter as records. So the same core runs in the embedded runtime, in a simulator and in a model checker.
//!
//! | file | holds |
//! |---|---|
//! | `record` | the facts that a journal keeps |
//! | `state` | what they add up to |
//! | `apply` | how one fact changes it |
//! | `next`, `step` | what to do now |
//! | `assess` | what an observation of a target means |
//! | `outlast` | calls that a dead driver may have left under way |
//! | `protect` | what must stand before a step that cannot be undone |
//! | `reversal` | the way back, computed once |
//! | `signals` | which words of people count, and what they do |
//! | `verbs` | which of them are open now |

mod apply;
mod assess;
mod course;
mod next;
mod outlast;
mod protect;
mod record;
mod retry;
mod reversal;
mod signals;
mod state;
mod step;
mod survey;
mod verbs;

pub use course::{BakeProgress, Course, Intent, Progress, StepRun};
pub use next::{Command, Next, Waiting};
pub use record::{Accepted, Call, Finding, Lookout, Outcome, Record, RevisionFacts, Sample, Survey, TimeUp, WatchSample};
pub use state::{Reversal, State, TargetState, Track};
pub(crate) use step::{GATE_VALIDITY, gates_hold};
