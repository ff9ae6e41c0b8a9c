//! One process of the demo service.

use std::{
    io,
    net::SocketAddr,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    process::{Child, ChildStdin, Command},
    time::timeout,
};

use super::super::wire::{BEHAVIOUR, Release};
use crate::{
    demo::{Behaviour, DemoOptions, Ready},
    roles::{DEMO, ready::heard},
};

/// How long a process may take to end after it was told to.
const PATIENCE: Duration = Duration::from_secs(10);

/// One process of the demo service. It ends when its standard input does, so it cannot outlive the stage.
pub(super) struct Process {
    child: Child,
    /// Held apart from the child: waiting for a child closes what it holds, and that would end this one.
    input: Option<ChildStdin>,
}

impl Process {
    pub(super) fn start(program: &Path, release: &Release) -> io::Result<Self> {
        let behaviour = release.config.get(BEHAVIOUR).map_or(Ok(Behaviour::Good), |text| text.parse()).map_err(io::Error::other)?;
        let options = DemoOptions { service: release.service.clone(), version: release.version.clone(), behaviour };
        let mut child = Command::new(program)
            .arg(DEMO)
            .args(options.to_args())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()?;
        let input = child.stdin.take();
        Ok(Self { child, input })
    }

    /// Where it listens, as soon as it does.
    pub(super) async fn address(&mut self) -> io::Result<SocketAddr> {
        let output = self.child.stdout.take().ok_or_else(|| io::Error::other("its address was taken already"))?;
        Ok(heard::<Ready>(output).await?.address)
    }

    /// Its process id; 0 once it has ended.
    pub(super) fn id(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Completes when it has ended by itself, with how.
    pub(super) async fn ended(&mut self) -> String {
        describe(&self.child.wait().await)
    }

    /// Tells it to end, waits, and kills it if it does not.
    pub(super) async fn stop(&mut self) -> String {
        drop(self.input.take());
        if let Ok(ended) = timeout(PATIENCE, self.child.wait()).await {
            return describe(&ended);
        }
        match self.child.kill().await {
            Ok(()) => "it was killed because it did not end".to_owned(),
            Err(error) => format!("it could not be killed: {error}"),
        }
    }
}

fn describe(ended: &io::Result<ExitStatus>) -> String {
    match ended {
        Ok(status) => format!("it ended with {status}"),
        Err(error) => format!("it could not be waited for: {error}"),
    }
}
