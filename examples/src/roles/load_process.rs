//! Starting a load generator as a process of its own.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    process::{Child, ChildStdin},
    time::timeout,
};

use super::{LOAD, ready::heard, stage_process::own_process};
use crate::load::{Begun, LoadOptions, LoadReport};

/// How much longer than a request's own time what is in flight may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A load generator that runs as a process of its own, so that traffic flows on whatever happens to the one who started it.
///
/// One that follows its standard input ends when this is dropped or the process that holds it dies. Any other ends after its
/// time. Its report can be read by [`LoadProcess::read`] from any process.
#[derive(Debug)]
pub struct LoadProcess {
    child: Child,
    input: Option<ChildStdin>,
    report: PathBuf,
}

/// Starts a load generator from the current executable, whose `main` calls [`dispatch`](super::dispatch). The report is kept in
/// the file `report`, whatever the options say.
///
/// # Errors
/// If it cannot be started.
pub async fn spawn_load(options: &LoadOptions, report: &Path) -> io::Result<LoadProcess> {
    LoadProcess::start(env::current_exe()?, options, report).await
}

impl LoadProcess {
    /// As [`spawn_load`], from another executable whose `main` calls [`dispatch`](super::dispatch).
    ///
    /// # Errors
    /// If it cannot be started.
    pub async fn start(program: PathBuf, options: &LoadOptions, report: &Path) -> io::Result<Self> {
        let options = LoadOptions { report: Some(report.to_owned()), ..options.clone() };
        let mut command = own_process(program, None)?;
        command.arg(LOAD).args(options.to_args());
        command.stdin(if options.follow_stdin { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or_else(|| io::Error::other("its standard output is not a pipe"))?;
        heard::<Begun>(output).await?;
        Ok(Self { child, input, report: report.to_owned() })
    }

    /// Its process id; `None` once it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Reads the report of this or another process's load generator.
    ///
    /// # Errors
    /// If there is none yet, or it cannot be read.
    pub fn read(report: &Path) -> io::Result<LoadReport> {
        Ok(serde_json::from_slice(&fs::read(report)?)?)
    }

    /// How it stands; half a second old at most.
    ///
    /// # Errors
    /// If there is no report yet, or it cannot be read.
    pub fn snapshot(&self) -> io::Result<LoadReport> {
        Self::read(&self.report)
    }

    /// Waits until it has ended and reports. One that follows its standard input is told to end; any other ends after its time.
    ///
    /// # Errors
    /// If the report cannot be read, or one that was told to end does not.
    pub async fn stop(mut self) -> io::Result<LoadReport> {
        match self.input.take() {
            Some(input) => {
                drop(input);
                timeout(PATIENCE, self.child.wait()).await??;
            }
            None => {
                self.child.wait().await?;
            }
        }
        self.snapshot()
    }
}
