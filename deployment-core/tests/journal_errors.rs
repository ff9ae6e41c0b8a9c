//! Refusals in sentences that name the fix.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod journal_support;

use std::fs;

use deployment_core::{
    ErrorKind, Timestamp,
    journal::{Durability, FileJournal, Journal as _},
};
use journal_support::{Sample, TTL, at, id, record, started};

#[tokio::test]
async fn a_directory_that_cannot_be_one() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("file");
    fs::write(&file, "not a directory").unwrap();
    for path in [file.clone(), file.join("below"), file.join("far/below")] {
        let error = FileJournal::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
        let text = error.to_string();
        assert!(text.contains("opening the journal's directory failed") && text.contains(&path.display().to_string()), "{text}");
        assert!(text.contains("name a directory"), "{text}");
    }
    assert_eq!(fs::read_to_string(file).unwrap(), "not a directory");
}

#[tokio::test]
async fn a_directory_that_has_become_unreadable() {
    let sample = Sample::new(3).await;
    let journal = sample.open();
    // Its file stays open from here on: that must not matter.
    journal.append(&sample.lease, 3, at(3), &record(3), Durability::Synced).await.unwrap();
    let deployments = sample.root.path().join("deployments");
    fs::rename(&deployments, sample.root.path().join("elsewhere")).unwrap();
    fs::write(&deployments, "a file").unwrap();
    for error in [
        journal.list().await.unwrap_err(),
        journal.read(&sample.id, 0).await.unwrap_err(),
        journal.append(&sample.lease, 4, at(4), &record(4), Durability::Synced).await.unwrap_err(),
        journal.create(&id("new"), at(0), &started()).await.unwrap_err(),
        FileJournal::open(sample.root.path()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
        assert!(error.to_string().contains("name a directory"), "{error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_directory_without_permission() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = tempfile::tempdir().unwrap();
    let closed = root.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    // The superuser may anyway.
    match FileJournal::open(closed.join("journal")) {
        Err(error) => assert!(error.to_string().contains("give it read and write access"), "{error}"),
        Ok(_) => println!("permissions do not bind this user: not tested"),
    }
}

#[tokio::test]
async fn a_relative_path_and_one_with_missing_parents() {
    let root = tempfile::tempdir().unwrap();
    let deep = root.path().join("a/b/c");
    let journal = FileJournal::open(&deep).unwrap();
    assert!(journal.root().ends_with("a/b/c") && journal.root().is_absolute());
    journal.create(&id("deep"), at(0), &started()).await.unwrap();
    assert!(journal.path_of(&id("deep")).ends_with("deployments/deep/journal.jsonl"));
}

#[tokio::test]
async fn a_record_that_could_not_be_read_back_is_not_written() {
    let sample = Sample::new(3).await;
    let journal = sample.open();
    let far = Timestamp::from_millis(u64::MAX);
    let error = journal.append(&sample.lease, 3, far, &record(3), Durability::Synced).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!(sample.read().await.unwrap(), sample.texts);
    journal.append(&sample.lease, 3, at(3), &record(3), Durability::Synced).await.unwrap();
}

#[tokio::test]
async fn refusals_name_the_deployment_and_who_drives_it() {
    let sample = Sample::new(4).await;
    let journal = sample.open();
    let seen = journal.lease(&sample.id).await.unwrap();
    journal.acquire(&sample.id, seen.as_ref(), "host-2 pid 99", TTL).await.unwrap();
    let fenced = journal.append(&sample.lease, 4, at(4), &record(4), Durability::Synced).await.unwrap_err().to_string();
    assert!(fenced.contains("host-2 pid 99 drives this deployment now") && fenced.contains("sample"), "{fenced}");
    let absent = journal.read(&id("nowhere"), 0).await.unwrap_err().to_string();
    assert!(absent.contains("no such deployment") && absent.contains("nowhere"), "{absent}");
}

#[tokio::test]
async fn what_others_left_in_the_directory_is_not_listed() {
    let sample = Sample::new(3).await;
    let deployments = sample.root.path().join("deployments");
    fs::create_dir(deployments.join("lost+found")).unwrap();
    fs::create_dir(deployments.join("empty")).unwrap();
    fs::write(deployments.join("file"), "").unwrap();
    assert_eq!(sample.open().list().await.unwrap(), std::slice::from_ref(&sample.id));
}
