//! Walking a chain from its first line to its end, checking every link.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Seek as _},
    path::Path,
};

use super::{
    failure,
    line::{self, FORMAT, Line, LineFault, LineHash, NO_LINE},
};
use crate::error::Result;

/// Where a chain ends: what an append needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tail {
    /// The number of the next entry.
    pub(super) next: u64,
    /// The highest epoch so far.
    pub(super) epoch: u64,
    /// How many bytes of whole lines there are.
    pub(super) end: u64,
    /// How many bytes follow them: a torn line.
    pub(super) torn: u64,
    /// The hash of the last line.
    pub(super) last: LineHash,
    /// Version of the last line: versions do not fall.
    version: u32,
}

impl Tail {
    /// Before the first line.
    pub(super) const START: Self = Self { next: 0, epoch: 0, end: 0, torn: 0, last: NO_LINE, version: 0 };

    /// After one more line, its newline included in `length`.
    pub(super) fn after(self, line: &[u8], length: u64, epoch: u64, version: u32) -> Self {
        Self { next: self.next + 1, epoch, end: self.end + length, torn: 0, last: line::hash(line), version }
    }

    /// Checks that `line` may follow.
    fn check(&self, line: &Line) -> Result<(), String> {
        if line.version < self.version {
            return Err(format!("a line of format {} follows one of format {}", line.version, self.version));
        }
        if line.sequence != self.next {
            return Err(format!("entry {} stands where entry {} belongs", line.sequence, self.next));
        }
        if line.epoch < self.epoch {
            return Err(format!("entry {} has epoch {} after epoch {}", line.sequence, line.epoch, self.epoch));
        }
        match &line.prev {
            Some(prev) if *prev != line::hex(&self.last) => Err(format!("entry {} does not follow the line before it", line.sequence)),
            _ => Ok(()),
        }
    }
}

/// Reads a chain from its beginning, giving every line, with its offset, to `visit`.
pub(super) fn walk(operation: &'static str, file: &File, path: &Path, mut visit: impl FnMut(u64, &Line) -> Result<()>) -> Result<Tail> {
    let failed = |cause| failure::storage(operation, "reading the journal", path, cause);
    let mut reader = BufReader::with_capacity(32 * 1024, file);
    reader.rewind().map_err(failed)?;
    let mut tail = Tail::START;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let length = reader.read_until(b'\n', &mut bytes).map_err(failed)? as u64;
        let Some(text) = bytes.strip_suffix(b"\n") else {
            return Ok(Tail { torn: length, ..tail });
        };
        let line = line::decode(text).map_err(|fault| refuse(operation, path, tail.end, fault))?;
        tail.check(&line).map_err(|what| failure::corrupt(operation, path, tail.end, &what))?;
        visit(tail.end, &line)?;
        tail = tail.after(text, length, line.epoch, line.version);
    }
}

fn refuse(operation: &'static str, path: &Path, offset: u64, fault: LineFault) -> crate::Error {
    match fault {
        LineFault::Damaged(what) => failure::corrupt(operation, path, offset, &what),
        LineFault::Newer { version, intact } => {
            let doubt = if intact { "" } else { ", or the line is damaged: its checksum is not one of a format known here" };
            let what = format!("the journal has format {version}, this build knows formats up to {FORMAT}{doubt}");
            failure::incompatible(operation, path, offset, &what)
        }
    }
}
