//! The few ways in which the journal writes, each in one place, so that tests can make them fail.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
    time::SystemTime,
};

#[cfg(feature = "testkit")]
use super::faults::{FileFaults, FileOperation};

/// Writes and syncs. With the feature `testkit`, as [`FileFaults`] says.
#[derive(Debug, Default)]
pub(super) struct Disk {
    #[cfg(feature = "testkit")]
    pub(super) faults: std::sync::Arc<FileFaults>,
}

/// Whether a small file must survive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// The new content is there on return.
    Durably,
    /// The old or the new content is there, whole.
    Whole,
    /// Anything may be there.
    Loosely,
}

impl Disk {
    /// Writes all of `bytes` at the file's place.
    pub(super) fn write(&self, mut file: &File, bytes: &[u8]) -> io::Result<()> {
        #[cfg(feature = "testkit")]
        if let Some((kept, error)) = self.faults.write_fault(bytes.len()) {
            file.write_all(bytes.get(..kept).unwrap_or(bytes))?;
            return Err(error);
        }
        file.write_all(bytes)
    }

    /// Makes what was written durable.
    pub(super) fn sync(&self, file: &File) -> io::Result<()> {
        #[cfg(feature = "testkit")]
        self.faults.sync_fault(FileOperation::Sync)?;
        file.sync_data()
    }

    /// Cuts a file to `length` bytes, durably.
    pub(super) fn cut(&self, file: &File, length: u64) -> io::Result<()> {
        #[cfg(feature = "testkit")]
        self.faults.sync_fault(FileOperation::Cut)?;
        file.set_len(length)?;
        file.sync_all()
    }

    /// Makes a directory's entries durable.
    pub(super) fn sync_directory(&self, path: &Path) -> io::Result<()> {
        #[cfg(feature = "testkit")]
        self.faults.sync_fault(FileOperation::SyncDirectory)?;
        // Elsewhere a directory cannot be opened as a file, and need not be.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }

    /// Makes a new file with `bytes`.
    pub(super) fn write_new(&self, path: &Path, bytes: &[u8], keep: Keep, mark: Option<SystemTime>) -> io::Result<()> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        self.write(&file, bytes)?;
        if let Some(mark) = mark {
            // A file system that does not keep it costs time only.
            let _ = file.set_modified(mark);
        }
        if keep == Keep::Loosely { Ok(()) } else { self.sync(&file) }
    }

    /// Puts `bytes` in the place of whatever is at `path`, all at once, by way of `scratch`.
    pub(super) fn replace(&self, scratch: &Path, path: &Path, bytes: &[u8], keep: Keep) -> io::Result<()> {
        self.replace_marked(scratch, path, bytes, keep, None)
    }

    /// The same, with a time of modification that says something; see [`mark`](super::lease::mark).
    pub(super) fn replace_marked(&self, scratch: &Path, path: &Path, bytes: &[u8], keep: Keep, mark: Option<SystemTime>) -> io::Result<()> {
        let placed = self.write_new(scratch, bytes, keep, mark).and_then(|()| fs::rename(scratch, path));
        if placed.is_err() {
            // The error that counts is the one that led here; what stays behind in the scratch directory harms nobody.
            let _ = fs::remove_file(scratch);
            return placed;
        }
        if keep == Keep::Durably { self.sync_parent(path) } else { Ok(()) }
    }

    /// Puts `bytes` at `path`, all at once and durably, if nothing is there.
    pub(super) fn place(&self, scratch: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let placed = self.write_new(scratch, bytes, Keep::Durably, None).and_then(|()| match fs::hard_link(scratch, path) {
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        });
        let _ = fs::remove_file(scratch);
        placed?;
        self.sync_parent(path)
    }

    fn sync_parent(&self, path: &Path) -> io::Result<()> {
        path.parent().map_or(Ok(()), |parent| self.sync_directory(parent))
    }
}
