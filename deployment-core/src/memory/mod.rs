//! A simulated platform, for tests, dry runs and the first steps of a newcomer: [`MemoryTarget`].
//!
//! It has no tasks of its own: what has happened by now is computed when somebody asks. It lives in tokio's time, so a test that pauses
//! the clock simulates hours in milliseconds, and ten thousand of them fit in one process.

mod behaviour;
mod builder;
mod effects;
mod history;
mod interfere;
mod metrics;
mod revision;
mod rollout;
mod target;
mod traffic;
mod world;

pub use behaviour::Behaviour;
pub use builder::MemoryTargetBuilder;
pub use history::{Cause, Effect, HistoryEvent, RevisionSnapshot, Snapshot, next_order};
pub use interfere::Interference;
pub use metrics::MemoryMetrics;
pub use rollout::BadRollout;
pub use target::MemoryTarget;
