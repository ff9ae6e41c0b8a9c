//! Driving a deployment in a process of its own, which can be killed and started again.

use std::{
    env,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
    thread,
};

use deployment_core::{DeploymentId, Until, journal::Journal};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, ChildStdin},
    sync::{
        mpsc::{UnboundedReceiver, unbounded_channel},
        oneshot,
    },
};

use super::{Problem, Setup, paced::Paced};
use crate::roles::{ORCHESTRATE, own_process};

/// What a driving process is told.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OrchestrateOptions {
    /// The file with the [`Setup`].
    #[arg(long)]
    pub(crate) setup: PathBuf,
    /// Which deployment.
    #[arg(long)]
    pub(crate) id: DeploymentId,
    /// When a step has begun, wait for a byte on standard input.
    #[arg(long)]
    pub(crate) paced: bool,
}

impl OrchestrateOptions {
    /// Drives the deployment to its end, or until the parent has gone.
    pub(crate) async fn run(self) -> io::Result<()> {
        let (go, gone) = follow_stdin();
        tokio::select! {
            ended = self.drive(go) => ended.map_err(io::Error::other),
            _ = gone => Err(io::Error::other("the one who started this has gone")),
        }
    }

    async fn drive(&self, go: UnboundedReceiver<()>) -> Result<(), Problem> {
        let setup: Setup = serde_json::from_slice(&std::fs::read(&self.setup)?)?;
        let journal = setup.open_journal()?;
        let journal: Arc<dyn Journal> = if self.paced { Arc::new(Paced::new(journal, go)) } else { Arc::new(journal) };
        setup.orchestrator_on(journal)?.drive(&self.id, Until::End).await?;
        Ok(())
    }
}

/// One word for each byte that comes, and whether no more will: the parent has gone.
fn follow_stdin() -> (UnboundedReceiver<()>, oneshot::Receiver<()>) {
    let (go, going) = unbounded_channel();
    let (ended, gone) = oneshot::channel::<()>();
    thread::spawn(move || {
        for _ in io::stdin().lock().bytes().take_while(Result::is_ok) {
            // Nobody waits for a word in a process that is not paced.
            let _ = go.send(());
        }
        drop(ended);
    });
    (going, gone)
}

/// A process that drives a deployment. Dropping this kills it.
#[derive(Debug)]
pub(crate) struct Orchestrating {
    child: Child,
    input: Option<ChildStdin>,
}

impl Orchestrating {
    /// Starts one. `setup` is the file with the [`Setup`]; what goes wrong goes to the file `log`. A paced one waits for
    /// [`go_on`](Orchestrating::go_on) when a step has begun.
    pub(crate) fn start(setup: &Path, id: &DeploymentId, log: &Path, paced: bool) -> io::Result<Self> {
        let mut command = own_process(env::current_exe()?, Some(log))?;
        command.arg(ORCHESTRATE).arg("--setup").arg(setup).args(["--id", id.as_str()]);
        if paced {
            command.arg("--paced");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn()?;
        // Held apart from the child: waiting for a child closes what it holds, and that would end it.
        let input = child.stdin.take();
        Ok(Self { child, input })
    }

    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Lets it go on with the step that has begun.
    pub(crate) async fn go_on(&mut self) {
        if let Some(input) = &mut self.input {
            // One that has ended goes nowhere.
            let _ = input.write_all(b"\n").await;
        }
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
