//! Journals of other versions: an older one is read and gone on with, a newer one is refused by name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod journal_support;

use std::fs;

use deployment_core::{
    ErrorKind,
    engine::Record,
    journal::{Durability, FileJournal, Journal as _},
};
use journal_support::{TTL, at, id, kind, line, put, record, started, texts};

const STEP: &str = r#"{"step_started":{"step":"backend/step-1"}}"#;

/// Golden journals: what a release has written once is read for ever.
const GOLDEN: [(&str, &str); 2] = [("0", include_str!("journal_golden/v0.jsonl")), ("1", include_str!("journal_golden/v1.jsonl"))];

fn started_text() -> String {
    serde_json::to_string(&started()).unwrap().replace('\n', "\u{1e}")
}

#[tokio::test]
async fn golden_journals_are_read_and_gone_on_with() {
    let root = tempfile::tempdir().unwrap();
    for (version, golden) in GOLDEN {
        let golden_id = id(&format!("golden-{version}"));
        let journal = put(root.path(), &golden_id, &[golden.to_owned()]).await;
        let entries = journal.read(&golden_id, 0).await.unwrap();
        assert_eq!(entries.len(), 6);
        let Record::Started { plan, .. } = &entries[0].record else { panic!("{:?}", entries[0]) };
        let Record::Started { plan: original, .. } = started() else { panic!() };
        assert_eq!(plan.get(), original.get(), "the plan's bytes");
        let expected: Vec<_> = (1..6).map(|number| serde_json::to_string(&record(number)).unwrap()).collect();
        let read: Vec<_> = entries[1..].iter().map(|entry| serde_json::to_string(&entry.record).unwrap()).collect();
        assert_eq!(read, expected);
        assert_eq!(
            entries.iter().map(|entry| (entry.sequence, entry.at)).collect::<Vec<_>>(),
            (0..6).map(|n| (n, at(n))).collect::<Vec<_>>()
        );

        // A driver of this version goes on: its epoch is above those in the chain, its lines follow the old ones.
        let seen = journal.lease(&golden_id).await.unwrap();
        let lease = journal.acquire(&golden_id, seen.as_ref(), "new", TTL).await.unwrap();
        assert!(lease.epoch > entries[5].epoch);
        for number in 6..9 {
            journal.append(&lease, number, at(number), &record(number), Durability::Synced).await.unwrap();
        }
        let read = FileJournal::open(root.path()).unwrap().read(&golden_id, 0).await.unwrap();
        assert_eq!(texts(&read)[..6], texts(&entries));
        assert_eq!(read.len(), 9);
        let file = fs::read_to_string(journal.path_of(&golden_id)).unwrap();
        assert!(file.starts_with(golden), "what was there has changed");
        println!("golden journal of version {version}: 6 entries read, 3 appended");
    }
}

#[tokio::test]
async fn this_version_writes_what_the_golden_journal_has() {
    let root = tempfile::tempdir().unwrap();
    let (journal, new) = (FileJournal::open(root.path()).unwrap(), id("new"));
    journal.create(&new, at(0), &started()).await.unwrap();
    let lease = journal.acquire(&new, None, "first", TTL).await.unwrap();
    for number in 1..6 {
        journal.append(&lease, number, at(number), &record(number), Durability::Synced).await.unwrap();
    }
    let written = fs::read_to_string(journal.path_of(&new)).unwrap();
    // A change here is a change of the format, or of a record: readers of every release must be thought of.
    assert_eq!(written, GOLDEN[1].1);
}

#[tokio::test]
async fn lines_are_as_documented() {
    let first = line(1, 0, 0, &started_text(), None);
    let second = line(1, 1, 1, STEP, Some(&first));
    assert!(GOLDEN[1].1.starts_with(&[first.as_str(), second.as_str()].concat()));
}

#[tokio::test]
async fn a_newer_version_is_refused_by_name() {
    let root = tempfile::tempdir().unwrap();
    let sample = id("newer");
    let first = line(1, 0, 0, &started_text(), None);
    for newer in [
        // With a checksum of today, with none, with another shape altogether.
        line(2, 1, 0, STEP, Some(&first)),
        line(1, 1, 0, STEP, Some(&first)).replacen("\"v\":1", "\"v\":2", 1),
        "{\"v\":2,\"entry\":[]}\n".to_owned(),
    ] {
        let journal = put(root.path(), &sample, &[first.clone(), newer]).await;
        let error = journal.read(&sample, 0).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incompatible);
        let text = error.to_string();
        let all = ["format 2", "formats up to 1", "use a newer build", &format!("offset: {}", first.len())];
        assert!(all.iter().all(|part| text.contains(part)), "{text}");
        assert_eq!(kind(&journal.acquire(&sample, None, "old", TTL).await), Some(ErrorKind::Incompatible));
    }
}

#[tokio::test]
async fn an_unknown_record_is_refused_by_name() {
    let root = tempfile::tempdir().unwrap();
    let sample = id("unknown");
    let first = line(1, 0, 0, &started_text(), None);
    for (record, name) in [(r#"{"teleported":{"step":"a"}}"#, "teleported"), (r#""rested""#, "rested")] {
        let journal = put(root.path(), &sample, &[first.clone(), line(1, 1, 0, record, Some(&first))]).await;
        let error = journal.read(&sample, 0).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incompatible);
        assert!(error.to_string().contains(name) && error.to_string().contains("newer build"), "{error}");
    }
}

#[tokio::test]
async fn whole_lines_in_the_wrong_place_are_damage() {
    let root = tempfile::tempdir().unwrap();
    let sample = id("wrong");
    let first = line(1, 0, 0, &started_text(), None);
    let second = line(1, 1, 2, STEP, Some(&first));
    let old_first = line(0, 0, 0, &started_text(), None);
    let cases = [
        ("a gap", line(1, 2, 2, STEP, Some(&first)), "entry 2 stands where entry 1 belongs"),
        ("a repeated line", first.clone(), "entry 0 stands where entry 1 belongs"),
        ("a broken chain", line(1, 1, 2, STEP, Some(&old_first)), "does not follow the line before"),
        ("a falling epoch", second.clone() + &line(1, 2, 1, STEP, Some(&second)), "epoch 1 after epoch 2"),
        ("an older version after a newer", line(0, 1, 2, STEP, None), "format 0 follows one of format 1"),
        ("an empty line", "\n".to_owned(), "does not begin as an entry does"),
        ("no entry", "hello\n".to_owned(), "does not begin as an entry does"),
        ("a line break of another system", second.replace('\n', "\r\n"), "checksum does not hold"),
        ("no record", line(1, 1, 2, "", Some(&first)), "is no entry"),
        ("an unknown member", line(1, 1, 2, r#"null,"more":1"#, Some(&first)), "is no entry"),
    ];
    for (what, lines, says) in &cases {
        let journal = put(root.path(), &sample, &[first.clone(), lines.clone()]).await;
        let error = journal.read(&sample, 0).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}");
        assert!(error.to_string().contains(says), "{what}: {error}");
        assert_eq!(kind(&journal.verify(&sample).await), Some(ErrorKind::Corrupt), "{what}");
    }
    println!("{} ways to misplace a line, all refused", cases.len());
}
