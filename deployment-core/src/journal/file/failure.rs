//! I/O errors as sentences that name the fix.

use std::{io, path::Path};

use crate::error::{Error, ErrorKind};

/// `doing` something to `path` has failed.
pub(super) fn storage(operation: &'static str, doing: &str, path: &Path, cause: io::Error) -> Error {
    Error::new(ErrorKind::Storage, operation, format!("{doing} failed: {}", advice(&cause))).with("path", path.display()).because(cause)
}

fn advice(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "the disk is full; nothing that was written before is lost, free some space and resume"
        }
        io::ErrorKind::PermissionDenied => "this user may not; give it read and write access to the journal's directory",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only; mount it for writing or use another directory",
        io::ErrorKind::NotADirectory => "part of the path is a file; name a directory",
        io::ErrorKind::NotFound => "it is not there any more; nobody else may remove files below the journal's directory",
        _ => "the disk or the file system refuses; see to it, then resume",
    }
}

/// A line of the chain, or a small file beside it, does not check out.
pub(super) fn corrupt(operation: &'static str, path: &Path, offset: u64, what: &str) -> Error {
    let message = format!("the journal is damaged: {what}; restore the file from a backup, or end this deployment by hand");
    Error::new(ErrorKind::Corrupt, operation, message).with("path", path.display()).with("offset", offset)
}

/// Stored data is whole, but not for this build.
pub(super) fn incompatible(operation: &'static str, path: &Path, offset: u64, what: &str) -> Error {
    Error::new(ErrorKind::Incompatible, operation, format!("{what}; use a newer build of this library"))
        .with("path", path.display())
        .with("offset", offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_to_be_full() {
        let error = storage("append", "writing", Path::new("/j"), io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(error.kind(), ErrorKind::Storage);
        assert!(error.to_string().contains("the disk is full; nothing that was written before is lost"), "{error}");
    }
}
