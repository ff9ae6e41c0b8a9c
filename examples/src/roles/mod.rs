//! One executable in several roles.
//!
//! Building one example builds one executable, so the processes that it needs besides itself, the stage, the service's instances
//! and the traffic, are the same executable started with a hidden first argument. An example's `main` calls [`dispatch`] before
//! anything else.

mod dispatch;
pub(crate) mod end;
mod load_process;
pub(crate) mod ready;
mod stage_process;

pub use dispatch::dispatch;
pub(crate) use dispatch::{DEMO, LOAD, ORCHESTRATE, STAGE};
pub(crate) use end::{Asked, asked_by_signal};
pub use load_process::{LoadProcess, spawn_load};
pub(crate) use stage_process::own_process;
pub use stage_process::{StageProcess, spawn_stage};
