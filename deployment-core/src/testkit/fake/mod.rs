//! A fake for every trait. Cheap to clone; clones share their script and what they recorded, so a test keeps one and gives one away.
//!
//! The fake of [`Target`](crate::target::Target) is [`MemoryTarget`](crate::memory::MemoryTarget), that of
//! [`Journal`](crate::journal::Journal) is `MemoryJournal`. A [`Strategy`](crate::strategy::Strategy) touches nothing: take a real one, or
//! [`strategy::from_fn`](crate::strategy::from_fn).

mod action;
mod backup;
mod gate;
mod health;
mod judge;
mod metrics;
mod migration;
mod notifier;
mod script;

pub use action::{ActionCall, FakeAction};
pub use backup::FakeBackup;
pub use gate::FakeGate;
pub use health::FakeHealth;
pub use judge::FakeJudge;
pub use metrics::FakeMetrics;
pub use migration::FakeMigration;
pub use notifier::FakeNotifier;
