//! One line of a chain: see the [module docs](super) for its form.

use std::{borrow::Cow, fmt::Write as _};

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::time::Timestamp;

/// The version that is written.
pub(super) const FORMAT: u32 = 1;

/// What stands for a newline between the tokens of a record.
const NEWLINE: u8 = 0x1E;

/// `,"crc":"xxxxxxxx"}`
const CRC_LEN: usize = 18;

/// The hash of a line.
pub(super) type LineHash = [u8; 32];

/// What is before the first line.
pub(super) const NO_LINE: LineHash = [0; 32];

/// A line whose checksum holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    #[serde(rename = "v")]
    pub(super) version: u32,
    #[serde(rename = "seq")]
    pub(super) sequence: u64,
    pub(super) epoch: u64,
    pub(super) at: Timestamp,
    pub(super) record: Box<RawValue>,
    /// From version 1 on.
    #[serde(default)]
    pub(super) prev: Option<String>,
    #[serde(rename = "crc")]
    _crc: String,
}

/// Why a line is not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LineFault {
    Damaged(String),
    Newer { version: u32, intact: bool },
}

/// The hash that the next line has as `prev`.
pub(super) fn hash(line: &[u8]) -> LineHash {
    Sha256::digest(line).into()
}

/// In hex, as it is written.
pub(super) fn hex(hash: &LineHash) -> String {
    let mut text = String::with_capacity(64);
    for byte in hash {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The line, its newline not included.
pub(super) fn encode(sequence: u64, epoch: u64, at: Timestamp, record: &str, prev: &LineHash) -> Vec<u8> {
    let mut line = format!(r#"{{"v":{FORMAT},"seq":{sequence},"epoch":{epoch},"at":"{at}","record":"#).into_bytes();
    line.reserve(record.len() + 100);
    line.extend(record.bytes().map(|byte| if byte == b'\n' { NEWLINE } else { byte }));
    line.extend_from_slice(format!(r#","prev":"{}""#, hex(prev)).as_bytes());
    let crc = checksum(&line);
    line.extend_from_slice(&crc);
    line
}

/// Reads a line, its newline not included.
pub(super) fn decode(line: &[u8]) -> Result<Line, LineFault> {
    let damaged = |what: &str| LineFault::Damaged(what.to_owned());
    let version = version_of(line).ok_or_else(|| damaged("a line does not begin as an entry does"))?;
    let intact = line.split_last_chunk::<CRC_LEN>().is_some_and(|(body, crc)| *crc == checksum(body));
    if version > FORMAT {
        // A newer format may have another checksum: it is refused as newer either way, and told apart in words.
        return Err(LineFault::Newer { version, intact });
    }
    if !intact {
        return Err(damaged("a line's checksum does not hold"));
    }
    let parsed: Line = serde_json::from_slice(&with_newlines(line))
        .map_err(|cause| LineFault::Damaged(format!("a line with a right checksum is no entry: {cause}")))?;
    if parsed.version != version || parsed.prev.is_some() != (version > 0) {
        return Err(damaged("a line has not the members of its version"));
    }
    Ok(parsed)
}

fn with_newlines(line: &[u8]) -> Cow<'_, [u8]> {
    if !line.contains(&NEWLINE) {
        return Cow::Borrowed(line);
    }
    line.iter().map(|&byte| if byte == NEWLINE { b'\n' } else { byte }).collect()
}

/// `{"v":N,` is how a line of every version begins.
fn version_of(line: &[u8]) -> Option<u32> {
    let rest = line.strip_prefix(br#"{"v":"#)?;
    let digits = rest.iter().position(|byte| *byte == b',')?;
    let digits = rest.get(..digits)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

/// What ends a line: the checksum of `body` and the closing brace.
fn checksum(body: &[u8]) -> [u8; CRC_LEN] {
    let crc = crc32c::crc32c_append(crc32c::crc32c(body), b"}");
    let mut end = *br#","crc":"xxxxxxxx"}"#;
    for (i, digit) in end.iter_mut().skip(8).take(8).enumerate() {
        let nibble = (crc >> (28 - 4 * i)) & 0xF;
        *digit = b"0123456789abcdef".get(nibble as usize).copied().unwrap_or(b'0');
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        Timestamp::from_millis(1_767_268_800_000)
    }

    #[test]
    fn a_line_reads_as_documented() {
        let line = String::from_utf8(encode(7, 2, at(), r#"{"halted":{"reason":"x"}}"#, &NO_LINE)).unwrap();
        let zeros = "0".repeat(64);
        let body =
            format!(r#"{{"v":1,"seq":7,"epoch":2,"at":"2026-01-01T12:00:00Z","record":{{"halted":{{"reason":"x"}}}},"prev":"{zeros}""#);
        let crc = crc32c::crc32c(format!("{body}}}").as_bytes());
        assert_eq!(line, format!(r#"{body},"crc":"{crc:08x}"}}"#));
    }

    #[test]
    fn newlines_of_a_record_come_back() {
        let record = "{\n  \"a\": [\r\n1]\n}";
        let line = encode(0, 0, at(), record, &NO_LINE);
        assert!(!line.contains(&b'\n'));
        assert_eq!(decode(&line).unwrap().record.get(), record);
    }

    #[test]
    fn a_newer_line_is_refused_by_number_whether_its_checksum_is_ours_or_not() {
        let mut line = encode(0, 0, at(), "{}", &NO_LINE);
        line[5] = b'2';
        assert_eq!(decode(&line).unwrap_err(), LineFault::Newer { version: 2, intact: false });
        let body = line.len() - CRC_LEN;
        let crc = checksum(&line[..body]);
        line[body..].copy_from_slice(&crc);
        assert_eq!(decode(&line).unwrap_err(), LineFault::Newer { version: 2, intact: true });
    }
}
