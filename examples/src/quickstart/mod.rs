//! The first command: a real canary with real traffic, a bad release that goes back by itself, and an orchestrator that may be killed.

mod check;
mod crash;
mod deploy;
mod figures;
mod live;
mod options;
mod orchestrate;
mod report;
mod run;
mod summary;
mod timing;

use std::process::ExitCode;

pub use options::{CrashAt, QuickstartOptions, Third};
pub(crate) use orchestrate::OrchestrateOptions;
pub use run::run;
pub use summary::{Deployed, Summary};
pub use timing::Timing;

use crate::roles::asked_by_signal;

/// What [`run`] says, as the example: prints it, and fails if anything was not as it must be.
pub async fn main(options: QuickstartOptions) -> ExitCode {
    let done = tokio::select! {
        done = run(&options) => done,
        // Whatever was started ends with this process, or was dropped just now.
        () = asked_by_signal() => Err("stopped".into()),
    };
    match done {
        Ok(summary) => {
            println!("\n{summary}");
            if summary.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}
