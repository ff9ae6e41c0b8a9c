//! A few chains that stay open between appends, so that a deployment that writes much need not open its file each time.

use std::{
    collections::VecDeque,
    fs::File,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::id::DeploymentId;

/// How many stay open: enough for what runs at a time on most machines, few beside the usual limit of 1024.
const AT_MOST: usize = 32;

/// Open files, unlocked. Whoever uses one takes it out: a lock binds an open file, not a thread, so two must never share one.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<VecDeque<(DeploymentId, File)>>);

impl Kept {
    pub(super) fn take(&self, deployment: &DeploymentId) -> Option<File> {
        let mut files = self.files();
        let place = files.iter().position(|(id, _)| id == deployment)?;
        files.remove(place).map(|(_, file)| file)
    }

    /// Keeps `file`, and gives back one that is now too many, to be closed without holding anybody up.
    pub(super) fn put(&self, deployment: &DeploymentId, file: File) -> Option<File> {
        let mut files = self.files();
        files.push_front((deployment.clone(), file));
        if files.len() > AT_MOST { files.pop_back().map(|(_, file)| file) } else { None }
    }

    /// Closes what is kept of a deployment that is not written to for now.
    pub(super) fn forget(&self, deployment: &DeploymentId) {
        self.files().retain(|(id, _)| id != deployment);
    }

    fn files(&self) -> MutexGuard<'_, VecDeque<(DeploymentId, File)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
