//! Starting a stage as a process of its own.

use std::{
    env,
    fs::File,
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    process::{Child, ChildStdin, Command},
    time::timeout,
};

use super::{STAGE, ready::heard};
use crate::stage::{Addresses, StageClient, StageOptions};

/// How long a stage may take to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stage that runs as a process of its own.
///
/// A stage that follows its standard input ends, with all its instances, when this is dropped or the process that holds it dies.
/// Any other outlives it, until it is asked to end.
#[derive(Debug)]
pub struct StageProcess {
    child: Child,
    /// Held apart from the child: waiting for a child closes what it holds, and that would end a stage that follows it.
    input: Option<ChildStdin>,
    addresses: Addresses,
}

/// Starts a stage from the current executable, whose `main` calls [`dispatch`](super::dispatch). What the stage and its
/// instances have to say goes to the file `log`, or nowhere.
///
/// # Errors
/// If it cannot be started or does not say where it listens.
pub async fn spawn_stage(options: &StageOptions, log: Option<&Path>) -> io::Result<StageProcess> {
    StageProcess::start(env::current_exe()?, options, log).await
}

impl StageProcess {
    /// As [`spawn_stage`], from another executable whose `main` calls [`dispatch`](super::dispatch).
    ///
    /// # Errors
    /// If it cannot be started or does not say where it listens.
    pub async fn start(program: PathBuf, options: &StageOptions, log: Option<&Path>) -> io::Result<Self> {
        let mut command = own_process(program, log)?;
        command.arg(STAGE).args(options.to_args());
        command.stdin(if options.follow_stdin { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or_else(|| io::Error::other("its standard output is not a pipe"))?;
        match heard(output).await {
            Ok(addresses) => Ok(Self { child, input, addresses }),
            Err(error) => {
                child.kill().await?;
                Err(io::Error::new(error.kind(), format!("the stage did not start: {error}")))
            }
        }
    }

    /// Where it is reached.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Talks to it.
    #[must_use]
    pub fn client(&self) -> StageClient {
        StageClient::new(self.addresses.control)
    }

    /// Its process id; `None` once it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks it to end and waits until it has; kills it if it does not, whereupon its instances end too.
    ///
    /// # Errors
    /// If it can neither be asked nor killed.
    pub async fn stop(mut self) -> io::Result<ExitStatus> {
        drop(self.input.take());
        // It may be gone already or be hanging; waiting tells.
        let _ = self.client().shutdown().await;
        match timeout(PATIENCE, self.child.wait()).await {
            Ok(ended) => ended,
            Err(_) => self.kill().await,
        }
    }

    /// Kills it, as a crash would.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub async fn kill(mut self) -> io::Result<ExitStatus> {
        self.child.start_kill()?;
        self.child.wait().await
    }
}

/// A process in a group of its own: a Ctrl-C meant for the program that started it does not end it in the middle of its work.
pub(crate) fn own_process(program: PathBuf, log: Option<&Path>) -> io::Result<Command> {
    let log = match log {
        Some(path) => Stdio::from(File::options().create(true).append(true).open(path)?),
        None => Stdio::null(),
    };
    let mut command = Command::new(program);
    command.stdout(Stdio::piped()).stderr(log);
    #[cfg(unix)]
    command.process_group(0);
    Ok(command)
}
