//! A program that is told what happens.

use std::process::Stdio;

use deployment_core::{
    Error, ErrorKind, Result,
    notify::{self, Event, Notifier},
};
use tokio::{io::AsyncWriteExt, process::Command};

/// Runs this program for every event, which it reads as JSON. An event counts as told if the program ends well.
pub(super) fn program(path: &str) -> impl Notifier + use<> {
    let path = path.to_owned();
    notify::from_fn(format!("the program {path}"), move |event| {
        let path = path.clone();
        async move { tell(&path, &event).await }
    })
}

async fn tell(path: &str, event: &Event) -> Result<()> {
    let failed = |what: String| Error::new(ErrorKind::Failed, "notify", format!("{path}: {what}"));
    let text = serde_json::to_vec(event).map_err(|error| failed(error.to_string()))?;
    let mut child = Command::new(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read it may end well all the same.
        let _ = stdin.write_all(&text).await;
    }
    let status = child.wait().await.map_err(|error| failed(error.to_string()))?;
    if status.success() { Ok(()) } else { Err(failed(status.to_string())) }
}
