//! Making the disk fail, and seeing what was asked of it: for tests.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Makes writes and syncs of one [`FileJournal`](super::FileJournal) fail, and keeps a list of them.
///
/// A failure happens in the place of the system call: a failed write leaves the bytes that it was told to, a failed sync leaves the file as
/// it is, not made durable.
///
/// ```
/// use std::io::ErrorKind;
/// use deployment_core::journal::FileFaults;
///
/// let faults = FileFaults::default();
/// faults.fail_next_sync(ErrorKind::Other);
/// assert!(faults.take_operations().is_empty());
/// ```
#[derive(Debug, Default)]
pub struct FileFaults(Mutex<Plan>);

#[derive(Debug, Default)]
struct Plan {
    write: Option<(usize, io::ErrorKind)>,
    sync: Option<io::ErrorKind>,
    log: Option<Vec<FileOperation>>,
}

/// What a [`FileJournal`](super::FileJournal) asked of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOperation {
    /// Bytes were written.
    Write,
    /// A file's bytes were made durable.
    Sync,
    /// A file was cut, durably.
    Cut,
    /// A directory's entries were made durable.
    SyncDirectory,
}

impl FileFaults {
    /// Lets the next write fail after `kept` bytes.
    pub fn fail_next_write(&self, kept: usize, kind: io::ErrorKind) {
        self.plan().write = Some((kept, kind));
    }

    /// Lets the next sync of a file or directory, or the next cut, fail.
    pub fn fail_next_sync(&self, kind: io::ErrorKind) {
        self.plan().sync = Some(kind);
    }

    /// What was asked since the last call, in order. The first call begins the list.
    pub fn take_operations(&self) -> Vec<FileOperation> {
        self.plan().log.replace(Vec::new()).unwrap_or_default()
    }

    pub(super) fn write_fault(&self, length: usize) -> Option<(usize, io::Error)> {
        let mut plan = self.plan();
        plan.note(FileOperation::Write);
        plan.write.take().map(|(kept, kind)| (kept.min(length), kind.into()))
    }

    pub(super) fn sync_fault(&self, operation: FileOperation) -> io::Result<()> {
        let mut plan = self.plan();
        plan.note(operation);
        plan.sync.take().map_or(Ok(()), |kind| Err(kind.into()))
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plan {
    fn note(&mut self, operation: FileOperation) {
        if let Some(log) = &mut self.log {
            log.push(operation);
        }
    }
}
