//! Deployments on a stage from the command line, for a person at a terminal and, with `--json`, for a program.

mod args;
mod deploy;
mod out;
mod signals;
mod site;
mod tell;

use std::process::ExitCode;

pub use args::DeployctlArgs;

use deployment_core::signal::Signal;

use crate::setup::Problem;
use args::{Command, StageCommand};
use out::Out;
use site::Site;

/// Does what the arguments say. What it ends with is told below the help.
pub async fn main(args: DeployctlArgs) -> ExitCode {
    let out = Out { json: args.json };
    match carry_out(args, out).await {
        Ok(code) => code,
        Err(problem) => {
            out.problem(&problem);
            ExitCode::from(2)
        }
    }
}

async fn carry_out(args: DeployctlArgs, out: Out) -> Result<ExitCode, Problem> {
    let command = match args.command {
        Command::Stage { command: StageCommand::Up(up) } => {
            return Site::up(&args.data, &up, out).await;
        }
        command => command,
    };
    let site = Site::open(&args.data)?;
    match command {
        Command::Stage { .. } => site.down(out).await,
        Command::Deploy(order) => deploy::deploy(&site, &order, out).await,
        Command::Plan(order) => deploy::show_plan(&site, &order, out).await,
        Command::Drive { id, until_waiting } => deploy::drive(&site, &site.meant(id).await?, until_waiting, out).await,
        Command::Rollback(order) => deploy::rollback(&site, &order, out).await,
        Command::List => tell::list(&site, out).await,
        Command::Status { id } => tell::status(&site, &site.meant(id).await?, out).await,
        Command::History { id } => tell::history(&site, &site.meant(id).await?, out).await,
        Command::Report { id, file } => tell::report(&site, &site.meant(id).await?, file, out).await,
        Command::Verify { id } => tell::verify(&site, id, out).await,
        Command::Approve(said) => signals::approval(&site, said, true, out).await,
        Command::Reject(said) => signals::approval(&site, said, false, out).await,
        Command::Pause(said) => signals::say(&site, said, Signal::Pause, out).await,
        Command::Resume(said) => signals::say(&site, said, Signal::Resume, out).await,
        Command::Promote(said) => signals::say(&site, said, Signal::Promote, out).await,
        Command::Abort(said) => signals::say(&site, said, Signal::Abort, out).await,
        Command::RollbackNow(said) => signals::say(&site, said, Signal::RollBack, out).await,
        Command::Retry(said) => signals::say(&site, said, Signal::Retry, out).await,
        Command::Resolve { what, said } => signals::resolve(&site, said, what, out).await,
        Command::Close(said) => signals::say(&site, said, Signal::Close, out).await,
        Command::Unknown(words) => Err(args::unknown(&words)),
    }
}
