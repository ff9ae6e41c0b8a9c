//! An entry as one line of text: the form that [`deployment_core::journal::file`] describes.

use deployment_core::{Error, ErrorKind, Result, journal::Entry};
use sha2::{Digest, Sha256};

use super::keys::hex;

/// The version that is written, and the newest that is read.
const FORMAT: u32 = 1;
/// What every line begins with.
const BEGIN: &str = r#"{"v":"#;
/// What stands for a newline between the tokens of a record.
const NEWLINE: &str = "\u{1e}";
/// `,"crc":"xxxxxxxx"}`
const CRC_LEN: usize = 18;
/// `,"prev":"` with 64 digits and `"`
const PREV_LEN: usize = 74;

/// What stands for the line before the first.
pub(super) fn no_line() -> String {
    "0".repeat(64)
}

/// A line that checks out.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) entry: Entry,
    /// The hash of the line before.
    pub(super) prev: String,
}

/// Why a line is not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Damaged(String),
    /// It is whole, but made by a build that knows more.
    Newer(String),
}

/// SHA-256 of a line, as the next one has it.
pub(super) fn hash(line: &str) -> String {
    hex(&Sha256::digest(line))
}

/// The line of an entry. It is read again first: one that could not be would make the whole chain unreadable.
pub(super) fn encode(operation: &'static str, entry: &Entry, prev: &str) -> Result<String> {
    let refuse = |cause: String| {
        Error::new(ErrorKind::InvalidInput, operation, "this record could not be read back; mend the value in it").because(cause)
    };
    let json = serde_json::to_string(entry).map_err(|cause| refuse(cause.to_string()))?;
    let members = json.strip_prefix('{').and_then(|json| json.strip_suffix('}')).unwrap_or_default().replace('\n', NEWLINE);
    let body = format!(r#"{BEGIN}{FORMAT},{members},"prev":"{prev}""#);
    let end = end(&body);
    let line = body + &end;
    decode(&line).map_err(|fault| refuse(format!("{fault:?}")))?;
    Ok(line)
}

/// Reads a line.
pub(super) fn decode(line: &str) -> Result<Line, Fault> {
    let damaged = |what: &str| Fault::Damaged(what.to_owned());
    let (version, rest) = version(line).ok_or_else(|| damaged("a line does not begin as an entry does"))?;
    if version > FORMAT {
        return Err(Fault::Newer(format!("the journal has format {version}, this build knows formats up to {FORMAT}")));
    }
    let body = line.len().checked_sub(CRC_LEN).and_then(|at| line.split_at_checked(at));
    let (body, _) = body.filter(|(body, crc)| *crc == end(body)).ok_or_else(|| damaged("a line's checksum does not hold"))?;
    let torn = || damaged("a line with a right checksum is no entry");
    if version != FORMAT {
        return Err(torn());
    }
    let at = body.len().checked_sub(PREV_LEN).ok_or_else(torn)?;
    let (_, prev) = body.split_at_checked(at).ok_or_else(torn)?;
    let prev = prev.strip_prefix(r#","prev":""#).and_then(|prev| prev.strip_suffix('"')).ok_or_else(torn)?;
    let members = rest.get(..rest.len().saturating_sub(CRC_LEN + PREV_LEN)).ok_or_else(torn)?;
    let entry = format!("{{{}}}", members.replace(NEWLINE, "\n"));
    // The checksum holds, so these are the bytes that were written.
    let unknown = |cause: serde_json::Error| Fault::Newer(format!("an entry is one that this build does not know ({cause})"));
    Ok(Line { entry: serde_json::from_str(&entry).map_err(unknown)?, prev: prev.to_owned() })
}

/// The version, and what follows its comma.
fn version(line: &str) -> Option<(u32, &str)> {
    let (digits, rest) = line.strip_prefix(BEGIN)?.split_once(',')?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    Some((digits.parse().ok().filter(|_| plain)?, rest))
}

/// What ends a line: the checksum of the body and the closing brace.
fn end(body: &str) -> String {
    let crc = crc32c::crc32c_append(crc32c::crc32c(body.as_bytes()), b"}");
    format!(r#","crc":"{crc:08x}"}}"#)
}

#[cfg(test)]
mod tests {
    use deployment_core::{Timestamp, engine::Record};

    use super::*;

    fn entry() -> Entry {
        Entry {
            sequence: 7, epoch: 2, at: Timestamp::from_millis(1_767_268_800_000), record: Record::Halted { reason: "ünï".to_owned() }
        }
    }

    #[test]
    fn a_line_reads_as_the_file_journals_documentation_says() {
        let zeros = no_line();
        let body =
            format!(r#"{{"v":1,"seq":7,"epoch":2,"at":"2026-01-01T12:00:00Z","record":{{"halted":{{"reason":"ünï"}}}},"prev":"{zeros}""#);
        let crc = crc32c::crc32c(format!("{body}}}").as_bytes());
        assert_eq!(encode("append", &entry(), &zeros).unwrap(), format!(r#"{body},"crc":"{crc:08x}"}}"#));
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let line = encode("append", &entry(), &no_line()).unwrap();
        let mut tried = 0;
        for (at, character) in line.char_indices() {
            for other in ['0', 'x', '"', '}'].into_iter().filter(|other| *other != character) {
                let mut changed = line.clone();
                changed.replace_range(at..at + character.len_utf8(), &other.to_string());
                assert!(decode(&changed).is_err(), "{changed}");
                tried += 1;
            }
            assert!(decode(&line[..at]).is_err());
        }
        println!("{tried} changed and {} cut lines, all refused", line.chars().count());
    }

    #[test]
    fn a_newer_line_is_refused_by_its_number() {
        let line = encode("append", &entry(), &no_line()).unwrap().replacen(":1,", ":2,", 1);
        assert!(matches!(decode(&line), Err(Fault::Newer(said)) if said.contains("format 2")));
    }
}
