//! Carrying deployments out: a small loop round the engine.
//!
//! The loop journals an intent, calls the plugin, journals the outcome. Taking a deployment over after a crash is the same loop over the same
//! records: an [`Orchestrator`] that [`drive`](Orchestrator::drive)s a deployment does not know whether another one did before.

mod answer;
mod driver;
mod dry_run;
mod handle;
mod judges;
mod lease;
mod list;
mod look;
mod notices;
mod options;
mod orchestrator;
mod undelivered;
mod work;
mod worker;

pub use dry_run::DryRun;
pub use handle::Handle;
pub use list::Keep;
pub use options::{Ended, Options, OrchestratorBuilder, Until};
pub use orchestrator::Orchestrator;
pub use undelivered::Undelivered;
pub use worker::Worker;
