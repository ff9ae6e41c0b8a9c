//! Small files beside the chain: `{"v":1,"body":…,"crc":"xxxxxxxx"}` and a newline, the CRC-32C being that of the body's bytes.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::failure;
use crate::error::{Error, ErrorKind, Result};

const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Seal<'a> {
    v: u32,
    #[serde(borrow)]
    body: &'a RawValue,
    crc: &'a str,
}

/// What is in a small file.
#[derive(Debug)]
pub(super) enum Sealed<T> {
    Absent,
    /// It was not written to its end, or has changed since.
    Damaged,
    Whole(T),
}

/// The bytes of a small file.
pub(super) fn seal<T: Serialize>(operation: &'static str, body: &T) -> Result<Vec<u8>> {
    let unwritable = |cause| Error::new(ErrorKind::InvalidInput, operation, "this cannot be written as JSON").because(cause);
    let body = serde_json::value::to_raw_value(body).map_err(unwritable)?;
    let crc = crc_of(&body);
    let mut bytes = serde_json::to_vec(&Seal { v: FORMAT, body: &body, crc: &crc }).map_err(unwritable)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads a small file.
pub(super) fn open<T: DeserializeOwned>(operation: &'static str, path: &Path) -> Result<Sealed<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Sealed::Absent),
        Err(cause) => return Err(failure::storage(operation, "reading", path, cause)),
    };
    let Ok(Seal { v, body, crc }) = serde_json::from_slice(&bytes) else { return Ok(Sealed::Damaged) };
    // There was never a version below this one.
    if crc != crc_of(body) || v < FORMAT {
        return Ok(Sealed::Damaged);
    }
    if v > FORMAT {
        let what = format!("this file has format {v}, this build knows formats up to {FORMAT}");
        return Err(failure::incompatible(operation, path, 0, &what));
    }
    serde_json::from_str(body.get())
        .map(Sealed::Whole)
        .map_err(|cause| failure::incompatible(operation, path, 0, "this file holds what this build does not know").because(cause))
}

/// The same where damage is refused; `mend` says what to do about it.
pub(super) fn open_whole<T: DeserializeOwned>(operation: &'static str, path: &Path, mend: &str) -> Result<Option<T>> {
    match open(operation, path)? {
        Sealed::Absent => Ok(None),
        Sealed::Whole(body) => Ok(Some(body)),
        Sealed::Damaged => {
            Err(Error::new(ErrorKind::Corrupt, operation, format!("this file is damaged; {mend}")).with("path", path.display()))
        }
    }
}

fn crc_of(body: &RawValue) -> String {
    format!("{:08x}", crc32c::crc32c(body.get().as_bytes()))
}
