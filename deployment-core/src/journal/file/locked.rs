//! A chain's file, held so that no other process and no other task writes to it or to its lease.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::PathBuf,
};

use super::{
    chain::{self, Tail},
    failure,
    store::Store,
    tails::{Identity, Known},
};
use crate::{error::Result, id::DeploymentId, journal::refusal};

/// Holds the lock until dropped.
#[derive(Debug)]
pub(super) struct Locked {
    pub(super) file: File,
    pub(super) path: PathBuf,
    pub(super) identity: Identity,
    /// The file's length when the lock was taken.
    length: u64,
}

impl Locked {
    /// Waits for the lock. Others hold it for one append at most.
    pub(super) fn new(store: &Store, operation: &'static str, deployment: &DeploymentId) -> Result<Self> {
        let path = store.layout.chain(deployment);
        let failed = |cause: io::Error| match cause.kind() {
            io::ErrorKind::NotFound => refusal::no_such(operation, deployment),
            _ => failure::storage(operation, "opening the journal", &path, cause),
        };
        loop {
            let file = match store.kept.take(deployment) {
                Some(file) => file,
                None => OpenOptions::new().read(true).append(true).open(&path).map_err(failed)?,
            };
            lock(&file).map_err(failed)?;
            // While waiting, or since the file was kept, the deployment may have been removed: then this is a file that nobody sees.
            let (held, named) = (file.metadata().map_err(failed)?, fs::metadata(&path).map_err(failed)?);
            let identity = Identity::of(&held);
            if identity == Identity::of(&named) {
                return Ok(Self { file, identity, length: held.len(), path });
            }
        }
    }

    /// Lets go of the lock, and keeps the file open for the next append.
    pub(super) fn keep(self, store: &Store, deployment: &DeploymentId) {
        if self.file.unlock().is_ok() {
            drop(store.kept.put(deployment, self.file));
        }
    }

    /// Where the chain ends, and how much of it is known to be durable: remembered, or read if somebody else wrote.
    pub(super) fn tail(&self, store: &Store, operation: &'static str, deployment: &DeploymentId) -> Result<(Tail, u64)> {
        let known = store.tails.get(deployment);
        if let Some(Known::Tail { file, tail, synced }) = known
            && file == self.identity
            && tail.end + tail.torn == self.length
        {
            return Ok((tail, synced));
        }
        let tail = chain::walk(operation, &self.file, &self.path, |_, _| Ok(()))?;
        if !matches!(known, Some(Known::Failed)) {
            store.tails.set(deployment, Known::Tail { file: self.identity, tail, synced: tail.end });
        }
        Ok((tail, tail.end))
    }
}

/// Takes the lock on an open file, whatever signals arrive meanwhile.
pub(super) fn lock(file: &File) -> io::Result<()> {
    loop {
        match file.lock() {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
