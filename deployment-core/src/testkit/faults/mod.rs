//! Fault injection: calls that fail, lose their answer or hang, and processes that die or freeze at any point.
//!
//! [`Faults`] wraps journals, targets and plugins. Every wrapped call passes two *points*, one before its effect and one after it, each with
//! a number. Run once without a fault and ask for [`points`](Faults::points); then run once per point with
//! [`crash_at`](Faults::crash_at): what is swept grows with the plan by itself.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use deployment_core::{ErrorKind, Status, memory::MemoryTarget, target::Target, testkit::{faults::{Call, Faults}, sample}};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> deployment_core::Result<()> {
//! let platform = MemoryTarget::builder().build();
//! let faults = Faults::new();
//! let target = faults.target("backend", Arc::new(platform.clone()));
//!
//! // The effect happens, the answer is lost.
//! faults.lose_answer(Call::named("backend.launch").nth(1));
//! let lost = target.launch(&sample::effect("token", 1), &sample::release("1"), 2).await.unwrap_err();
//! assert_eq!(lost.status(), Status::InDoubt);
//! assert_eq!(platform.snapshot().revisions.len(), 1);
//!
//! // The process dies before its next call does anything; what it was doing never goes on.
//! faults.crash_at(faults.points().len());
//! tokio::select! {
//!     _ = target.observe() => unreachable!("a dead process gets no answer"),
//!     () = faults.crashed() => {}
//! }
//!
//! // The next process wraps its own.
//! faults.revive();
//! let target = faults.target("backend", Arc::new(platform));
//! assert_eq!(target.observe().await?.revisions.len(), 1);
//! # Ok(()) }
//! ```

mod call;
mod effects;
mod journal;
mod points;
mod probes;
mod target;

pub use call::Call;
pub use points::Faults;
