//! A real canary on this machine: `cargo run --example quickstart`, and `-- --help` for what else it can show.

use std::process::ExitCode;

use clap::Parser;
use deployment_examples::{
    quickstart::{self, QuickstartOptions},
    roles,
};

fn main() -> ExitCode {
    roles::dispatch();
    let options = QuickstartOptions::parse();
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(quickstart::main(options)),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
