//! What the tests start: a stage, its service and its traffic (`stage-host __stage --service backend`), and what the examples run
//! (`stage-host quickstart --bake 2`, `stage-host deployctl list`).

use std::{env, process::ExitCode};

use clap::Parser;
use deployment_examples::{
    deployctl::{self, DeployctlArgs},
    quickstart::{self, QuickstartOptions},
    roles,
};

fn main() -> ExitCode {
    roles::dispatch();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    match env::args().nth(1).as_deref() {
        Some("quickstart") => runtime.block_on(quickstart::main(QuickstartOptions::parse_from(env::args().skip(1)))),
        Some("deployctl") => runtime.block_on(deployctl::main(DeployctlArgs::parse_from(env::args().skip(1)))),
        _ => {
            eprintln!("usage: stage-host quickstart|deployctl|__stage|__demo|__load|__orchestrate [OPTIONS], see --help of each");
            ExitCode::from(2)
        }
    }
}
