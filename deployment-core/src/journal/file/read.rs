//! Reading a chain while others may be writing to it.

use std::{fs::File, io, path::Path};

use super::{
    chain::{self, Tail},
    failure,
    line::Line,
    store::Store,
};
use crate::{
    engine::Record,
    error::{ErrorKind, Result},
    id::DeploymentId,
    journal::{Entry, refusal},
};

/// A chain whose every line checks out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How many entries it has.
    pub entries: u64,
    /// How many bytes they take.
    pub bytes: u64,
    /// How many bytes follow them: what is left of an append that never returned. The next append cuts them off.
    pub torn_bytes: u64,
}

/// The entries from `from` on. All lines are checked, whatever `from` is.
pub(super) fn read(store: &Store, deployment: &DeploymentId, from: u64) -> Result<Vec<Entry>> {
    let (entries, _) = steadily(store, "read", deployment, |file, path| {
        let mut entries = Vec::new();
        let tail = chain::walk("read", file, path, |offset, line| {
            if line.sequence >= from {
                entries.push(entry("read", path, offset, line)?);
            }
            Ok(())
        })?;
        Ok((entries, tail))
    })?;
    Ok(entries)
}

/// Checks all of a chain.
pub(super) fn verify(store: &Store, deployment: &DeploymentId) -> Result<Verified> {
    let tail: Tail = steadily(store, "verify", deployment, |file, path| {
        chain::walk("verify", file, path, |offset, line| entry("verify", path, offset, line).map(|_| ()))
    })?;
    Ok(Verified { entries: tail.next, bytes: tail.end, torn_bytes: tail.torn })
}

/// Reads without the lock, which a writer holds through its sync. If that finds damage, it may have read around a torn line that was being
/// cut and written over, so it looks once more with the lock.
fn steadily<T>(store: &Store, operation: &'static str, deployment: &DeploymentId, read: impl Fn(&File, &Path) -> Result<T>) -> Result<T> {
    let path = store.layout.chain(deployment);
    let failed = |cause: io::Error| match cause.kind() {
        io::ErrorKind::NotFound => refusal::no_such(operation, deployment),
        _ => failure::storage(operation, "opening the journal", &path, cause),
    };
    let file = File::open(&path).map_err(failed)?;
    match read(&file, &path) {
        Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Incompatible) => {
            file.lock_shared().map_err(failed)?;
            read(&file, &path)
        }
        other => other,
    }
}

fn entry(operation: &'static str, path: &Path, offset: u64, line: &Line) -> Result<Entry> {
    let record = serde_json::from_str::<Record>(line.record.get()).map_err(|cause| {
        // The checksum holds, so these are the bytes that were written: by a build that knows more than this one.
        let what = format!("entry {} is a record that this build does not know ({cause})", line.sequence);
        failure::incompatible(operation, path, offset, &what)
    })?;
    Ok(Entry { sequence: line.sequence, epoch: line.epoch, at: line.at, record })
}
