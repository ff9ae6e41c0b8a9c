//! Driving a deployment in a process of its own, which can be killed and started again.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
};

use deployment_core::{DeploymentId, Until};
use tokio::process::{Child, ChildStdin};

use super::{Problem, Setup};
use crate::roles::{ORCHESTRATE, end_of_stdin, own_process};

/// What a driving process is told.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OrchestrateOptions {
    /// The file with the [`Setup`].
    #[arg(long)]
    pub(crate) setup: PathBuf,
    /// Which deployment.
    #[arg(long)]
    pub(crate) id: DeploymentId,
}

impl OrchestrateOptions {
    /// Drives the deployment to its end, or until the parent has gone.
    pub(crate) async fn run(self) -> io::Result<()> {
        tokio::select! {
            ended = self.drive() => ended.map_err(io::Error::other),
            () = end_of_stdin() => Err(io::Error::other("the one who started this has gone")),
        }
    }

    async fn drive(&self) -> Result<(), Problem> {
        let setup: Setup = serde_json::from_slice(&std::fs::read(&self.setup)?)?;
        setup.orchestrator()?.drive(&self.id, Until::End).await?;
        Ok(())
    }
}

/// A process that drives a deployment. Dropping this kills it.
#[derive(Debug)]
pub(crate) struct Orchestrating {
    child: Child,
    _input: Option<ChildStdin>,
}

impl Orchestrating {
    /// Starts one. `setup` is the file with the [`Setup`]; what goes wrong goes to the file `log`.
    pub(crate) fn start(setup: &Path, id: &DeploymentId, log: &Path) -> io::Result<Self> {
        let mut command = own_process(env::current_exe()?, Some(log))?;
        command.arg(ORCHESTRATE).arg("--setup").arg(setup).args(["--id", id.as_str()]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let input = child.stdin.take();
        Ok(Self { child, _input: input })
    }

    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Its process id; `None` once it has ended.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// SIGKILL: nothing in it can do anything about it.
    pub(crate) async fn kill(mut self) -> io::Result<()> {
        self.child.kill().await
    }
}
