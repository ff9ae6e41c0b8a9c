//! The line by which a child process tells its parent that it is ready, and where.

use std::{
    io::{self, Write},
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::ChildStdout,
    time::timeout,
};

/// How long a child may take to say where it listens; generous, because a busy machine starts processes slowly.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a child says that could not get ready.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Failed {
    pub(crate) error: String,
}

/// Writes one line of JSON to standard output.
pub(crate) fn announce<T: Serialize>(ready: &T) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, ready)?;
    writeln!(out)?;
    out.flush()
}

/// Reads the line that the child announced.
pub(crate) async fn heard<T: DeserializeOwned>(child: ChildStdout) -> io::Result<T> {
    let mut lines = BufReader::new(child).lines();
    let line = timeout(PATIENCE, lines.next_line()).await??;
    let line = line.ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "it ended before it was ready"))?;
    if let Ok(failed) = serde_json::from_str::<Failed>(&line) {
        return Err(io::Error::other(failed.error));
    }
    Ok(serde_json::from_str(&line)?)
}
