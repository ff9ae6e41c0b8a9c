//! What the tests of the file journal share.
#![allow(dead_code, reason = "each test file uses its part")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use deployment_core::{
    DeploymentId, ErrorKind, PluginName, Result, StepId, TargetName, Timestamp, Token,
    engine::{Call, Outcome, Record},
    journal::{Durability, Entry, FileJournal, Journal as _, Lease},
    plan::PlanHash,
};
use sha2::{Digest as _, Sha256};

pub(crate) const TTL: Duration = Duration::from_secs(30);

pub(crate) fn id(text: &str) -> DeploymentId {
    DeploymentId::new(text).unwrap()
}

pub(crate) fn at(number: u64) -> Timestamp {
    Timestamp::from_millis(1_767_268_800_000 + 1_000 * number)
}

pub(crate) fn started() -> Record {
    // Pretty-printed, so that a newline between tokens is among what is cut and flipped.
    let plan = "{\n  \"format\": 1,\n  \"service\": \"shop é\"\n}".to_owned();
    let hash = PlanHash::of(plan.as_bytes());
    Record::Started { plan: serde_json::value::RawValue::from_string(plan).unwrap(), hash, library: "0.1.0".to_owned() }
}

/// Records of several kinds; the tests do not care whether they make sense together.
pub(crate) fn record(number: u64) -> Record {
    let step = StepId::new(format!("backend/step-{number}")).unwrap();
    match number % 5 {
        0 => Record::Took { holder: "host-1 pid 17".to_owned() },
        1 => Record::StepStarted { step },
        2 => Record::Intent {
            step,
            token: Token::new(format!("token-{number}")).unwrap(),
            call: Call::Apply { action: PluginName::new("flag").unwrap() },
            before: serde_json::json!({ "on": false, "share": 0.25 }),
        },
        3 => Record::Skipped { step, reason: "a \"reason\"\nof two lines".to_owned() },
        _ => Record::Finished { outcome: Outcome::Halted { reason: TargetName::new("backend").unwrap().to_string() } },
    }
}

/// The entries in a form that can be compared, byte for byte where it matters.
pub(crate) fn texts(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect()
}

/// A journal of one deployment with `count` entries, written under two epochs, lazily and synced.
pub(crate) struct Sample {
    pub(crate) root: tempfile::TempDir,
    pub(crate) id: DeploymentId,
    pub(crate) lease: Lease,
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
    pub(crate) texts: Vec<String>,
}

impl Sample {
    pub(crate) async fn new(count: u64) -> Self {
        let root = tempfile::tempdir().unwrap();
        let journal = FileJournal::open(root.path()).unwrap();
        let id = id("sample");
        journal.create(&id, at(0), &started()).await.unwrap();
        let mut lease = journal.acquire(&id, None, "first", TTL).await.unwrap();
        for number in 1..count {
            if number == count / 2 {
                let seen = journal.lease(&id).await.unwrap();
                lease = journal.acquire(&id, seen.as_ref(), "second", TTL).await.unwrap();
            }
            let durability = if number % 3 == 0 { Durability::Lazy } else { Durability::Synced };
            journal.append(&lease, number, at(number), &record(number), durability).await.unwrap();
        }
        let path = journal.path_of(&id);
        let texts = texts(&journal.read(&id, 0).await.unwrap());
        assert_eq!(texts.len() as u64, count);
        Self { id, lease, bytes: fs::read(&path).unwrap(), path, texts, root }
    }

    /// A journal object that knows nothing yet.
    pub(crate) fn open(&self) -> FileJournal {
        FileJournal::open(self.root.path()).unwrap()
    }

    /// What a journal object that knows nothing yet reads.
    pub(crate) async fn read(&self) -> Result<Vec<String>> {
        Ok(texts(&self.open().read(&self.id, 0).await?))
    }

    /// Appends by a journal object that knows nothing yet.
    pub(crate) async fn append(&self, number: u64) -> Result<()> {
        self.open().append(&self.lease, number, at(number), &record(number), Durability::Synced).await
    }

    /// Where each line ends, its newline included.
    pub(crate) fn ends(&self) -> Vec<usize> {
        self.bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(i, _)| i + 1).collect()
    }
}

/// One line in format 1 as the documentation describes it, made independently of the library.
pub(crate) fn line(version: u32, sequence: u64, epoch: u64, record: &str, previous: Option<&str>) -> String {
    let prev = match (version, previous) {
        (0, _) => String::new(),
        (_, None) => format!(r#","prev":"{}""#, "0".repeat(64)),
        (_, Some(line)) => format!(r#","prev":"{:x}""#, Sha256::digest(line.trim_end_matches('\n'))),
    };
    let at = at(sequence);
    let body = format!(r#"{{"v":{version},"seq":{sequence},"epoch":{epoch},"at":"{at}","record":{record}{prev}"#);
    let crc = crc32c::crc32c(format!("{body}}}").as_bytes());
    format!("{body},\"crc\":\"{crc:08x}\"}}\n")
}

/// Puts a chain in place of whatever deployment `id` has.
pub(crate) async fn put(root: &Path, id: &DeploymentId, lines: &[String]) -> FileJournal {
    let journal = FileJournal::open(root).unwrap();
    journal.remove(id).await.unwrap();
    journal.create(id, at(0), &started()).await.unwrap();
    fs::write(journal.path_of(id), lines.concat()).unwrap();
    journal
}

pub(crate) fn kind<T>(result: &Result<T>) -> Option<ErrorKind> {
    result.as_ref().err().map(deployment_core::Error::kind)
}
