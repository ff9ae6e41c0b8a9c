//! What can be asked for.

use std::path::PathBuf;

use clap::CommandFactory;
use deployment_core::{Actor, DeploymentId, StepId};

use crate::{
    demo::Behaviour,
    setup::{APPROVAL, BACKEND, FRONTEND, Problem, StrategyKind},
};

/// What commands end with, below their help.
const CODES: &str = "\
Ends with:
  0  it was done; a deployment that it drove has succeeded
  1  a deployment that it drove did not succeed, or a journal does not verify
  2  it could not be done, and why is said; also for arguments that make no sense
  3  the deployment that it drove waits: `drive` goes on";

/// Deploys to a stage on this machine.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "deployctl", after_help = CODES)]
pub struct DeployctlArgs {
    /// Where the stage's address and the journal are.
    #[arg(long, global = true, default_value = "target/deployctl")]
    pub data: PathBuf,
    /// Print JSON, for a program: one value, or one event per line.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Clone, clap::Subcommand)]
pub(super) enum Command {
    /// Start or end the stage.
    Stage {
        #[command(subcommand)]
        command: StageCommand,
    },
    /// Deploy a version.
    Deploy(DeployArgs),
    /// Show what a deployment would do; nothing is done.
    #[command(visible_alias = "dry-run")]
    Plan(DeployArgs),
    /// Drive a deployment that was parked, or whose driver has died.
    Drive {
        /// Which; the latest one where this is absent.
        id: Option<DeploymentId>,
        /// Come back as soon as it must wait for somebody or for long.
        #[arg(long)]
        until_waiting: bool,
    },
    /// Deploy again what ran before: a new deployment, behind the gates for rollbacks.
    Rollback(RollbackArgs),
    /// Every deployment.
    List,
    /// How one deployment is, and what may be said to it now.
    Status {
        /// Which; the latest one where this is absent.
        id: Option<DeploymentId>,
    },
    /// One deployment's history: its plan and everything that happened.
    #[command(visible_alias = "show")]
    History {
        /// Which; the latest one where this is absent.
        id: Option<DeploymentId>,
    },
    /// Write one deployment's history as a page for people.
    Report {
        /// Which; the latest one where this is absent.
        id: Option<DeploymentId>,
        /// Where to; a file beside the journal where this is absent.
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// Check the journal, of one deployment or of all.
    Verify {
        /// Which.
        id: Option<DeploymentId>,
    },
    /// Approve a step.
    Approve(SignalArgs),
    /// Reject a step.
    Reject(SignalArgs),
    /// Start no further step.
    Pause(SignalArgs),
    /// Go on after a pause.
    Resume(SignalArgs),
    /// Let a hold go on.
    Promote(SignalArgs),
    /// Give up: roll back at once.
    Abort(SignalArgs),
    /// Roll back in the plan's own way.
    RollbackNow(SignalArgs),
    /// Halted only: try the failed step again.
    Retry(SignalArgs),
    /// Halted only: say whether an effect in doubt has happened.
    Resolve {
        /// What is known of it.
        what: Happened,
        #[command(flatten)]
        said: SignalArgs,
    },
    /// Halted only: end it as it is.
    Close(SignalArgs),
    #[command(external_subcommand)]
    Unknown(Vec<String>),
}

#[derive(Debug, Clone, clap::Subcommand)]
pub(super) enum StageCommand {
    /// Start it, with version 1.
    Up(UpArgs),
    /// End it, with everything on it.
    Down,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct UpArgs {
    /// Steady traffic to each part, in requests per second. A part without traffic cannot be judged, and is not deployed.
    #[arg(long, default_value_t = 0.0)]
    pub(super) load: f64,
    /// For how long, in seconds.
    #[arg(long, default_value_t = 3_600)]
    pub(super) load_seconds: u64,
    /// A program that every deployment runs first; it may be a script. Only people can tell whether one that was killed did its work.
    #[arg(long)]
    pub(super) hook: Option<String>,
    /// How long that program may take, in seconds. If its driver dies meanwhile, the next one waits until this time is over.
    #[arg(long, default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) hook_seconds: u64,
    /// A program that is told what happens: it is run for every event, which it reads as JSON.
    #[arg(long)]
    pub(super) notify: Option<String>,
    /// A gate that a `rollback` must pass.
    #[arg(long, value_parser = [APPROVAL])]
    pub(super) rollback_gate: Vec<String>,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct DeployArgs {
    /// Where to.
    #[arg(long, default_value = "production")]
    pub(super) environment: String,
    /// Which parts.
    #[arg(long, value_enum, default_value_t = Part::Backend)]
    pub(super) target: Part,
    /// How.
    #[arg(long, value_enum, default_value_t = StrategyKind::Canary)]
    pub(super) strategy: StrategyKind,
    /// How long each step is watched, in seconds.
    #[arg(long, default_value_t = 10)]
    pub(super) bake: u64,
    /// What is deployed.
    #[arg(long)]
    pub(super) version: String,
    /// How it behaves: good, errors:RATE, slow:MILLIS, crashes or slow-start:MILLIS.
    #[arg(long, default_value = "good")]
    pub(super) behaviour: Behaviour,
    /// A person must approve before it has traffic.
    #[arg(long)]
    pub(super) approval: bool,
    /// A person must promote, blue/green before traffic, a canary after its first step.
    #[arg(long)]
    pub(super) promote_by_hand: bool,
    #[command(flatten)]
    pub(super) way: WayArgs,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct RollbackArgs {
    /// `previous`, or the deployment whose version shall run again.
    #[arg(long, default_value = "previous")]
    pub(super) to: String,
    /// Where.
    #[arg(long, default_value = "production")]
    pub(super) environment: String,
    /// Which parts; those of the deployment named, or of the last success where none is. Each goes back to what it ran itself.
    #[arg(long, value_enum)]
    pub(super) target: Option<Part>,
    /// How.
    #[arg(long, value_enum, default_value_t = StrategyKind::BlueGreen)]
    pub(super) strategy: StrategyKind,
    /// How long each step is watched, in seconds.
    #[arg(long, default_value_t = 5)]
    pub(super) bake: u64,
    #[command(flatten)]
    pub(super) way: WayArgs,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct WayArgs {
    /// Who asks for it.
    #[arg(long, default_value = "operator")]
    pub(super) actor: Actor,
    /// Do not ask at the terminal whether to go ahead.
    #[arg(long, conflicts_with = "confirm")]
    pub(super) yes: bool,
    /// Ask at the terminal whether to go ahead, as is done anyway.
    #[arg(long)]
    pub(super) confirm: bool,
    /// Come back as soon as it must wait for somebody or for long; `drive` goes on.
    #[arg(long)]
    pub(super) until_waiting: bool,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct SignalArgs {
    /// To which deployment; the latest one where this is absent.
    pub(super) id: Option<DeploymentId>,
    /// Approvals: which step; the current one where this is absent.
    #[arg(long)]
    pub(super) step: Option<StepId>,
    /// Who says it.
    #[arg(long)]
    pub(super) actor: Actor,
    /// Why.
    #[arg(long)]
    pub(super) reason: String,
}

/// What became of an effect in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Happened {
    /// It happened.
    Done,
    /// It did not.
    NotDone,
}

/// Which parts of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Part {
    /// Both, or neither.
    All,
    /// The backend.
    Backend,
    /// The frontend.
    Frontend,
}

impl Part {
    /// Their names.
    pub(super) fn names(self) -> Vec<String> {
        let names: &[&str] = match self {
            Self::All => &[BACKEND, FRONTEND],
            Self::Backend => &[BACKEND],
            Self::Frontend => &[FRONTEND],
        };
        names.iter().map(ToString::to_string).collect()
    }
}

/// Says that there is no such command or signal, and which there are.
pub(super) fn unknown(words: &[String]) -> Problem {
    let known = DeployctlArgs::command();
    let known: Vec<_> = known.get_subcommands().map(clap::Command::get_name).collect();
    let word = words.first().map_or("", String::as_str);
    format!("there is no command or signal {word:?}; there are {}", known.join(", ")).into()
}
