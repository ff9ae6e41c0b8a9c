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
    tails::{Known, Stamp},
};
use crate::{error::Result, id::DeploymentId, journal::refusal};

/// Holds the lock until dropped.
#[derive(Debug)]
pub(super) struct Locked {
    pub(super) file: File,
    pub(super) path: PathBuf,
}

impl Locked {
    /// Waits for the lock. Others hold it for one append at most.
    pub(super) fn new(store: &Store, operation: &'static str, deployment: &DeploymentId) -> Result<Self> {
        let path = store.layout.chain(deployment);
        loop {
            let failed = |cause: io::Error| match cause.kind() {
                io::ErrorKind::NotFound => refusal::no_such(operation, deployment),
                _ => failure::storage(operation, "opening the journal", &path, cause),
            };
            let file = OpenOptions::new().read(true).append(true).open(&path).map_err(failed)?;
            lock(&file).map_err(failed)?;
            // While waiting, the deployment may have been removed: then this lock is on a file that nobody sees.
            let (held, named) = (file.metadata().map_err(failed)?, fs::metadata(&path).map_err(failed)?);
            if Stamp::of(&held).same_file(&Stamp::of(&named)) {
                return Ok(Self { file, path });
            }
        }
    }

    /// How the file looks now.
    pub(super) fn stamp(&self, operation: &'static str) -> Result<Stamp> {
        let metadata = self.file.metadata().map_err(|cause| failure::storage(operation, "looking at the journal", &self.path, cause))?;
        Ok(Stamp::of(&metadata))
    }

    /// Where the chain ends, and how much of it is known to be durable: remembered, or read if somebody else wrote.
    pub(super) fn tail(&self, store: &Store, operation: &'static str, deployment: &DeploymentId) -> Result<(Tail, u64)> {
        let stamp = self.stamp(operation)?;
        match store.tails.get(deployment) {
            Some(Known::Tail { stamp: then, tail, synced }) if then == stamp => return Ok((tail, synced)),
            _ => {}
        }
        let tail = chain::walk(operation, &self.file, &self.path, |_, _| Ok(()))?;
        if !matches!(store.tails.get(deployment), Some(Known::Failed)) {
            store.tails.set(deployment, Known::Tail { stamp, tail, synced: tail.end });
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
