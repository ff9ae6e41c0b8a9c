//! A journal in files, for one machine. Made for Unix systems and tested on Linux.
//!
//! # Layout
//! ```text
//! ROOT/deployments/ID/journal.jsonl          the chain: one line per entry
//! ROOT/deployments/ID/lease.json             who drives, under which epoch
//! ROOT/deployments/ID/inbox/SIGNAL.json      signals that are not in the chain yet
//! ROOT/deployments/ID/cursors/READER.json    how far each notifier has come
//! ROOT/claims/SERVICE@ENVIRONMENT.json       the one active deployment there
//! ROOT/.scratch/                             files and directories in the making; empty but for what a power cut left
//! ```
//! Names are made safe for files: every byte but letters, digits, `.`, `_` and `-` is written as `%XX`, and so is a leading dot. A name that
//! would be too long ends in `~` and its SHA-256; a deployment's directory then has the id in a file `id`. Where file names do not
//! differ by case, ids must not either.
//!
//! The time of modification of `lease.json` is not one: it stands for the epoch, so that an append can tell by a look at it whether its lease
//! still stands. Where it says something else, the file is read.
//!
//! # A line
//! One JSON object, ended by a newline, with these members in this order and no white space around them:
//!
//! | member | what |
//! |---|---|
//! | `v` | the format's version: 1 |
//! | `seq` | the entry's number, from 0, without gaps |
//! | `epoch` | the epoch of the driver that wrote it; never falls |
//! | `at` | when, RFC 3339 |
//! | `record` | the [`Record`](crate::engine::Record), as its serialisation gave it |
//! | `prev` | SHA-256 of the line before, in lower-case hex, its newline not included; 64 zeros in the first line |
//! | `crc` | CRC-32C of the canonical bytes, 8 lower-case hex digits |
//!
//! The *canonical bytes* are the line without its newline and without `,"crc":"xxxxxxxx"`: what stands before that, and the closing
//! brace. The checksum is looked for at exactly that place, so that nothing about it can be changed unnoticed either.
//!
//! A newline between the tokens of a record (a plan that was stored pretty-printed) is written as the byte 0x1E, which JSON allows
//! nowhere, and read back as the newline: a plan's bytes come back as they were.
//!
//! Version 0 has no `prev`; its lines are read, and version 1 lines may follow them, the first of which has the hash of the last of them.
//! A line of a newer version is refused by its number. Every version begins with `{"v":N,`.
//!
//! # What is damage, and what is a torn end
//! Bytes after the last newline are what a crash left of an append that never returned. Reading ignores them; the next append cuts them off,
//! durably, before it writes. Everything else that does not check out is refused, with the file and the offset of the line.

mod append;
mod chain;
mod claim;
mod disk;
mod failure;
#[cfg(feature = "testkit")]
mod faults;
mod inbox;
mod journal;
mod kept;
mod layout;
mod lease;
mod line;
mod locked;
mod mount;
mod read;
mod sealed;
mod store;
mod tails;

#[cfg(feature = "testkit")]
pub use faults::{FileFaults, FileOperation};
pub use journal::FileJournal;
pub use read::Verified;
