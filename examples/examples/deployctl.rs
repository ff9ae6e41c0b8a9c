//! Deployments on this machine's stage: `cargo run --example deployctl -- stage up`, then `-- deploy --version 2`, and `-- --help`.

use std::process::ExitCode;

use clap::Parser;
use deployment_examples::{
    deployctl::{self, DeployctlArgs},
    roles,
};

fn main() -> ExitCode {
    roles::dispatch();
    let args = DeployctlArgs::parse();
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(deployctl::main(args)),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
