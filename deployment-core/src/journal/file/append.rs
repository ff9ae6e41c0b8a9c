//! Beginning a chain, and adding to it.

use std::{fs, io, path::Path};

use super::{
    chain::Tail,
    disk::Keep,
    failure,
    layout::{self, CHAIN, ID},
    line::{self, FORMAT, NO_LINE},
    locked::Locked,
    store::Store,
    tails::Known,
};
use crate::{
    engine::Record,
    error::{Error, ErrorKind, Result},
    id::DeploymentId,
    journal::{Durability, Lease, refusal},
    time::Timestamp,
};

/// An entry that has no place in a chain yet.
#[derive(Debug)]
pub(super) struct Draft {
    at: Timestamp,
    record: String,
}

impl Draft {
    /// Writes an entry out, and makes sure that it can be read: what could not would make the whole chain unreadable.
    pub(super) fn new(operation: &'static str, at: Timestamp, record: &Record) -> Result<Self> {
        let refuse = |cause: serde_json::Error| {
            Error::new(ErrorKind::InvalidInput, operation, "this record could not be read back; mend the value in it").because(cause)
        };
        let text = serde_json::to_string(record).map_err(refuse)?;
        serde_json::from_str::<Record>(&text).map_err(refuse)?;
        serde_json::from_str::<Timestamp>(&format!("\"{at}\"")).map_err(refuse)?;
        Ok(Self { at, record: text })
    }
}

/// Begins a chain: a directory made elsewhere appears whole, or not at all.
pub(super) fn create(store: &Store, deployment: &DeploymentId, draft: &Draft) -> Result<()> {
    let directory = store.layout.deployment(deployment);
    if directory.join(CHAIN).exists() {
        return Err(refusal::exists(deployment));
    }
    let scratch = store.layout.new_scratch();
    let made = make(store, &scratch, deployment, draft, layout::is_shortened(&directory)).and_then(|()| fs::rename(&scratch, &directory));
    if let Err(cause) = made {
        let _ = fs::remove_dir_all(&scratch);
        return match cause.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => Err(refusal::exists(deployment)),
            _ => Err(failure::storage("create", "writing the first entry", &directory, cause)),
        };
    }
    let deployments = store.layout.deployments();
    store
        .disk
        .sync_directory(&deployments)
        .map_err(|cause| failure::storage("create", "syncing the directory", &deployments, cause).in_doubt())
}

fn make(store: &Store, scratch: &Path, deployment: &DeploymentId, draft: &Draft, with_id: bool) -> io::Result<()> {
    fs::create_dir(scratch)?;
    let mut first = line::encode(0, 0, draft.at, &draft.record, &NO_LINE);
    first.push(b'\n');
    store.disk.write_new(&scratch.join(CHAIN), &first, Keep::Durably, None)?;
    if with_id {
        store.disk.write_new(&scratch.join(ID), deployment.as_str().as_bytes(), Keep::Durably, None)?;
    }
    store.disk.sync_directory(scratch)
}

/// Adds an entry, if `lease` is the one that may and `sequence` is the next.
pub(super) fn append(store: &Store, lease: &Lease, sequence: u64, draft: &Draft, durability: Durability) -> Result<()> {
    let deployment = &lease.deployment;
    let chain = Locked::new(store, "append", deployment)?;
    super::lease::fence(store, lease, &chain)?;
    if matches!(store.tails.get(deployment), Some(Known::Failed)) {
        let message = "an earlier write or sync of this deployment has failed here, so what the disk holds is uncertain; \
                       see to the disk, then open the journal again and resume";
        return Err(Error::new(ErrorKind::Storage, "append", message).with("deployment", deployment).with("path", chain.path.display()));
    }
    let (tail, synced) = chain.tail(store, "append", deployment)?;
    if sequence != tail.next {
        return Err(refusal::out_of_order(deployment, sequence, tail.next));
    }
    let written = write(store, &chain, (tail, synced), lease.epoch, draft, durability);
    let known = match &written {
        Ok((tail, synced)) => Known::Tail { file: chain.identity, tail: *tail, synced: *synced },
        Err(_) => Known::Failed,
    };
    store.tails.set(deployment, known);
    written.map(|_| chain.keep(store, deployment))
}

fn write(
    store: &Store,
    chain: &Locked,
    (tail, synced): (Tail, u64),
    epoch: u64,
    draft: &Draft,
    durability: Durability,
) -> Result<(Tail, u64)> {
    let failed = |doing, cause| failure::storage("append", doing, &chain.path, cause);
    if tail.torn > 0 {
        // Durable before anything follows: or else a power cut could bring the torn bytes back in front of a new line.
        store.disk.cut(&chain.file, tail.end).map_err(|cause| failed("cutting off a torn line", cause))?;
    }
    let mut bytes = line::encode(tail.next, epoch, draft.at, &draft.record, &tail.last);
    let after = tail.after(&bytes, bytes.len() as u64 + 1, epoch, FORMAT);
    bytes.push(b'\n');
    if let Err(cause) = store.disk.write(&chain.file, &bytes) {
        // As good as it goes: what stays is a torn line, which the next opener cuts.
        let _ = store.disk.cut(&chain.file, tail.end);
        return Err(failed("writing an entry", cause));
    }
    if durability == Durability::Lazy {
        return Ok((after, synced));
    }
    if let Err(cause) = store.disk.sync(&chain.file) {
        // The kernel may have dropped what it could not write and still show it. Whatever is not known to be on the disk goes,
        // so that nobody builds on it.
        let _ = store.disk.cut(&chain.file, synced);
        return Err(failed("syncing an entry", cause).in_doubt());
    }
    Ok((after, after.end))
}
