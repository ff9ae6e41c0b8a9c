//! Driving a deployment in a process of its own, which can be killed and started again.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::{self, Stdio},
    sync::Arc,
    thread,
};

use deployment_core::{DeploymentId, StepId, Until, engine::Record, journal::Journal, notify::Event};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
    sync::broadcast::Receiver,
};

use super::{CrashAt, crash::Crashes};
use crate::{
    roles::{ORCHESTRATE, own_process, ready::announce},
    setup::{Problem, Setup, attend},
};

/// What a driving process is told.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OrchestrateOptions {
    /// The file with the [`Setup`].
    #[arg(long)]
    setup: PathBuf,
    /// Which deployment.
    #[arg(long)]
    id: DeploymentId,
    /// Where to stand still and wait to be killed.
    #[arg(long, default_value = "")]
    crash_at: CrashAt,
}

impl OrchestrateOptions {
    /// Drives the deployment to its end. The process ends when its parent has gone.
    pub(crate) async fn run(self) -> io::Result<()> {
        thread::spawn(|| {
            // What is read does not matter, and an input that cannot be read has ended too.
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            process::exit(1);
        });
        self.drive().await.map_err(io::Error::other)
    }

    async fn drive(&self) -> Result<(), Problem> {
        let setup: Setup = serde_json::from_slice(&std::fs::read(&self.setup)?)?;
        let crashes = Crashes::new(&self.crash_at, &setup.open_journal()?.read(&self.id, 0).await?);
        let orchestrator = setup.orchestrator()?;
        // A task of its own is woken as the step begins, before the driver can do anything more.
        tokio::spawn(stand_still(crashes, orchestrator.events()));
        attend(orchestrator.spawn(&self.id, Until::End), || {}).await?;
        Ok(())
    }
}

/// Stops the only thread that drives, for ever, when a step begins at which this process shall be killed, and says which.
async fn stand_still(mut crashes: Crashes, mut events: Receiver<Arc<Event>>) {
    while let Ok(event) = events.recv().await {
        let Record::StepStarted { step } = &event.record else { continue };
        if crashes.strikes(step) && announce(step).is_ok() {
            loop {
                thread::park();
            }
        }
    }
}

/// A process that drives a deployment. Dropping this kills it.
#[derive(Debug)]
pub(super) struct Orchestrating {
    child: Child,
    says: Lines<BufReader<ChildStdout>>,
    /// Held apart from the child: waiting for a child closes what it holds, and that would end it.
    _input: Option<ChildStdin>,
}

impl Orchestrating {
    /// Starts one. `setup` is the file with the [`Setup`]; what goes wrong goes to the file `log`.
    pub(super) fn start(setup: &Path, id: &DeploymentId, log: &Path, crash_at: &CrashAt) -> io::Result<Self> {
        let mut command = own_process(env::current_exe()?, Some(log))?;
        command.arg(ORCHESTRATE).arg("--setup").arg(setup).args(["--id", id.as_str(), "--crash-at", &crash_at.to_string()]);
        let mut child = command.stdin(Stdio::piped()).kill_on_drop(true).spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("its standard output is not a pipe"))?;
        Ok(Self { _input: child.stdin.take(), says: BufReader::new(output).lines(), child })
    }

    /// Waits until it stands still at a step, or has ended: `None`.
    pub(super) async fn stands_still(&mut self) -> io::Result<Option<StepId>> {
        match self.says.next_line().await? {
            Some(step) => Ok(Some(serde_json::from_str(&step)?)),
            None => self.child.wait().await.map(|_| None),
        }
    }

    /// Its process id; `None` once it has ended.
    pub(super) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// SIGKILL: nothing in it can do anything about it.
    pub(super) async fn kill(mut self) -> io::Result<()> {
        self.child.kill().await
    }
}
