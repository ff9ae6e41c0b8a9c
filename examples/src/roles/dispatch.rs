//! Taking on the role that the arguments ask for.

use std::{env, io, process};

use clap::Parser;
use tokio::runtime;

use super::{
    end::{asked_by_signal, end_of_stdin},
    ready::{Failed, announce},
};
use crate::{
    demo::{self, DemoOptions},
    load::{self, LoadOptions},
    quickstart::OrchestrateOptions,
    stage::{StageOptions, StageServer},
};

/// The first argument of an instance of the demo service.
pub(crate) const DEMO: &str = "__demo";
/// The first argument of a stage.
pub(crate) const STAGE: &str = "__stage";
/// The first argument of a load generator.
pub(crate) const LOAD: &str = "__load";
/// The first argument of a process that drives a deployment.
pub(crate) const ORCHESTRATE: &str = "__orchestrate";

#[derive(Debug, Parser)]
enum Role {
    #[command(name = DEMO)]
    Demo(DemoOptions),
    #[command(name = STAGE)]
    Stage(StageOptions),
    #[command(name = LOAD)]
    Load(LoadOptions),
    #[command(name = ORCHESTRATE)]
    Orchestrate(OrchestrateOptions),
}

/// Runs the role that the first argument names and ends the process with it; returns if it names none.
///
/// Call it first in `main`, outside of any async runtime.
pub fn dispatch() {
    let asked = env::args().nth(1).is_some_and(|first| [DEMO, STAGE, LOAD, ORCHESTRATE].contains(&first.as_str()));
    if !asked {
        return;
    }
    let status = match play(Role::parse()) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("{error}");
            // For a parent that waits to hear that this is ready; there may be none any more.
            let _ = announce(&Failed { error: error.to_string() });
            1
        }
    };
    process::exit(status);
}

fn play(role: Role) -> io::Result<()> {
    match role {
        Role::Demo(options) => single()?.block_on(demo::run(options)),
        Role::Load(options) => single()?.block_on(load::run(options)),
        Role::Orchestrate(options) => single()?.block_on(options.run()),
        // Two threads: the users' traffic does not wait for a probe or an order.
        Role::Stage(options) => runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(stage(options)),
    }
}

fn single() -> io::Result<runtime::Runtime> {
    runtime::Builder::new_current_thread().enable_all().build()
}

async fn stage(options: StageOptions) -> io::Result<()> {
    let server = StageServer::bind(&options, env::current_exe()?).await?;
    announce(server.addresses())?;
    let stop = async move {
        tokio::select! {
            () = asked_by_signal() => {}
            () = end_of_stdin(), if options.follow_stdin => {}
        }
    };
    server.run(stop).await;
    Ok(())
}
