//! Signals that wait for the driver, and how far each notifier has come: a small file each.

use std::{fs, io, path::Path};

use super::{disk::Keep, failure, sealed, store::Store};
use crate::{
    error::{Error, Result},
    id::{DeploymentId, SignalId},
    journal::refusal,
    signal::Signalled,
};

const MEND_SIGNAL: &str = "remove the file and give the signal again";
const MEND_CURSOR: &str = "remove the file; its reader is then told everything once more";

pub(super) fn post(store: &Store, deployment: &DeploymentId, signal: &Signalled) -> Result<()> {
    let path = store.layout.signal(deployment, &signal.id);
    let bytes = sealed::seal("post", signal)?;
    make(store, "post", deployment, &store.layout.inbox(deployment))?;
    store.disk.place(&store.layout.new_scratch(), &path, &bytes).map_err(|cause| missing_or("post", deployment, &path, cause))
}

pub(super) fn list(store: &Store, deployment: &DeploymentId) -> Result<Vec<Signalled>> {
    let inbox = store.layout.inbox(deployment);
    let failed = |cause| failure::storage("inbox", "reading the inbox", &inbox, cause);
    let entries = match fs::read_dir(&inbox) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(failed(cause)),
    };
    let mut signals: Vec<Signalled> = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            signals.extend(sealed::open_whole("inbox", &path, MEND_SIGNAL)?);
        }
    }
    signals.sort_unstable_by(|one: &Signalled, other| one.id.cmp(&other.id));
    Ok(signals)
}

/// Not made durable: a signal that comes back is in the chain already and does not count again.
pub(super) fn acknowledge(store: &Store, deployment: &DeploymentId, signal: &SignalId) -> Result<()> {
    let path = store.layout.signal(deployment, signal);
    match fs::remove_file(&path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(failure::storage("acknowledge", "removing the signal", &path, cause)),
        _ => Ok(()),
    }
}

pub(super) fn cursor(store: &Store, deployment: &DeploymentId, reader: &str) -> Result<u64> {
    Ok(sealed::open_whole("cursor", &store.layout.cursor(deployment, reader), MEND_CURSOR)?.unwrap_or(0))
}

pub(super) fn set_cursor(store: &Store, deployment: &DeploymentId, reader: &str, next: u64) -> Result<()> {
    let path = store.layout.cursor(deployment, reader);
    let bytes = sealed::seal("set cursor", &next)?;
    make(store, "set cursor", deployment, &store.layout.cursors(deployment))?;
    // An older cursor after a power cut is allowed: what was told is told again, under the same key.
    store
        .disk
        .replace(&store.layout.new_scratch(), &path, &bytes, Keep::Whole)
        .map_err(|cause| missing_or("set cursor", deployment, &path, cause))
}

/// Makes a directory of a deployment that is there.
fn make(store: &Store, operation: &'static str, deployment: &DeploymentId, directory: &Path) -> Result<()> {
    match fs::create_dir(directory) {
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made
            .and_then(|()| store.disk.sync_directory(&store.layout.deployment(deployment)))
            .map_err(|cause| missing_or(operation, deployment, directory, cause)),
    }
}

fn missing_or(operation: &'static str, deployment: &DeploymentId, path: &Path, cause: io::Error) -> Error {
    if cause.kind() == io::ErrorKind::NotFound {
        return refusal::no_such(operation, deployment);
    }
    failure::storage(operation, "writing", path, cause)
}
