//! When the disk fails: what was acknowledged stays, what was not is refused in words that help, and nobody builds on what is uncertain.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod journal_support;

use std::{fs, io::ErrorKind as Io};

use deployment_core::{
    ErrorKind, Result, Status,
    journal::{Durability, FileJournal, FileOperation, Journal as _},
};
use journal_support::{Sample, TTL, at, id, kind, record, started, texts};

async fn append(journal: &FileJournal, sample: &Sample, number: u64, durability: Durability) -> Result<()> {
    journal.append(&sample.lease, number, at(number), &record(number), durability).await
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_appended_by_the_same_object() {
    let mut refused = 0;
    for lazy in 0..3 {
        let sample = Sample::new(4).await;
        let journal = sample.open();
        append(&journal, &sample, 4, Durability::Synced).await.unwrap();
        for number in 5..5 + lazy {
            append(&journal, &sample, number, Durability::Lazy).await.unwrap();
        }
        let durable = texts(&journal.read(&sample.id, 0).await.unwrap())[..5].to_vec();

        journal.faults().fail_next_sync(Io::Other);
        let failed = append(&journal, &sample, 5 + lazy, Durability::Synced).await.unwrap_err();
        assert_eq!((failed.kind(), failed.status()), (ErrorKind::Storage, Status::InDoubt), "{failed}");
        for number in 0..8 {
            for durability in [Durability::Synced, Durability::Lazy] {
                let error = append(&journal.clone(), &sample, number, durability).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Storage);
                assert!(error.to_string().contains("open the journal again and resume"), "{error}");
                refused += 1;
            }
        }
        // What was not made durable is not shown as if it were; what was, is all there; another object goes on.
        assert_eq!(sample.read().await.unwrap(), durable);
        sample.append(5).await.unwrap();
        assert_eq!(sample.read().await.unwrap()[..5], durable);
        assert_eq!(kind(&append(&journal, &sample, 6, Durability::Synced).await), Some(ErrorKind::Storage));
    }
    println!("{refused} appends after a failed sync, all refused");
}

#[tokio::test]
async fn a_failed_sync_of_one_deployment_leaves_the_others_alone() {
    let sample = Sample::new(4).await;
    let journal = sample.open();
    let other = id("other");
    journal.create(&other, at(0), &started()).await.unwrap();
    let lease = journal.acquire(&other, None, "first", TTL).await.unwrap();
    journal.faults().fail_next_sync(Io::Other);
    append(&journal, &sample, 4, Durability::Synced).await.unwrap_err();
    journal.append(&lease, 1, at(1), &record(1), Durability::Synced).await.unwrap();
    assert_eq!(journal.read(&other, 0).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_full_disk_at_every_byte_of_a_line_loses_nothing() {
    let length = {
        let sample = Sample::new(4).await;
        sample.append(4).await.unwrap();
        fs::metadata(&sample.path).unwrap().len() as usize - sample.bytes.len()
    };
    let sample = Sample::new(4).await;
    for kept in 0..=length {
        let journal = sample.open();
        journal.faults().fail_next_write(kept, Io::StorageFull);
        let error = append(&journal, &sample, 4, Durability::Synced).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Storage);
        assert!(error.to_string().contains("the disk is full; nothing that was written before is lost"), "{error}");
        assert_eq!(kind(&append(&journal, &sample, 4, Durability::Synced).await), Some(ErrorKind::Storage));
        assert_eq!(sample.read().await.unwrap(), sample.texts);
        assert_eq!(fs::read(&sample.path).unwrap(), sample.bytes, "{kept} bytes were written before the disk was full");
    }
    sample.append(4).await.unwrap();
    assert_eq!(sample.read().await.unwrap().len(), 5);
    println!("disk full after each of 0..={length} bytes of a line: nothing lost, the next object goes on");
}

#[tokio::test]
async fn a_full_disk_and_a_cut_that_fails_too_leave_a_torn_line() {
    let sample = Sample::new(4).await;
    let journal = sample.open();
    journal.faults().fail_next_write(20, Io::StorageFull);
    journal.faults().fail_next_sync(Io::Other);
    append(&journal, &sample, 4, Durability::Synced).await.unwrap_err();
    assert_eq!(sample.open().verify(&sample.id).await.unwrap().torn_bytes, 20);
    assert_eq!(sample.read().await.unwrap(), sample.texts);

    // The next object's cut fails once, and it writes nothing then.
    let next = sample.open();
    next.faults().fail_next_sync(Io::Other);
    append(&next, &sample, 4, Durability::Synced).await.unwrap_err();
    assert_eq!(kind(&append(&next, &sample, 4, Durability::Synced).await), Some(ErrorKind::Storage));
    assert_eq!(sample.read().await.unwrap(), sample.texts);
    sample.append(4).await.unwrap();
}

#[tokio::test]
async fn what_returns_as_durable_was_synced() {
    let sample = Sample::new(4).await;
    let journal = sample.open();
    let faults = journal.faults();
    faults.take_operations();
    use FileOperation::{Cut, Sync, SyncDirectory, Write};

    append(&journal, &sample, 4, Durability::Synced).await.unwrap();
    assert_eq!(faults.take_operations(), [Write, Sync]);
    append(&journal, &sample, 5, Durability::Lazy).await.unwrap();
    assert_eq!(faults.take_operations(), [Write]);

    let whole = fs::read(&sample.path).unwrap();
    fs::write(&sample.path, [&whole, b"torn".as_slice()].concat()).unwrap();
    append(&journal, &sample, 6, Durability::Synced).await.unwrap();
    assert_eq!(faults.take_operations(), [Cut, Write, Sync], "the cut is durable before anything is appended");

    journal.create(&id("new"), at(0), &started()).await.unwrap();
    assert_eq!(faults.take_operations(), [Write, Sync, SyncDirectory, SyncDirectory]);
    let lease = journal.acquire(&id("new"), None, "first", TTL).await.unwrap();
    assert_eq!(faults.take_operations(), [Write, Sync, SyncDirectory]);
    journal.renew(&lease).await.unwrap();
    assert_eq!(faults.take_operations(), [Write]);
    let (shop, test) = ("shop".parse().unwrap(), "test".parse().unwrap());
    journal.claim(&shop, &test, &id("new")).await.unwrap();
    assert_eq!(faults.take_operations(), [Write, Sync, SyncDirectory]);
    journal.release_claim(&shop, &test, &id("new")).await.unwrap();
    assert_eq!(faults.take_operations(), [SyncDirectory]);
}

#[tokio::test]
async fn a_create_that_fails_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let journal = FileJournal::open(root.path()).unwrap();
    let new = id("new");
    for kept in [0, 1, 50, 10_000] {
        journal.faults().fail_next_write(kept, Io::StorageFull);
        let error = journal.create(&new, at(0), &started()).await.unwrap_err();
        assert!(error.to_string().contains("the disk is full"), "{error}");
        assert!(journal.list().await.unwrap().is_empty());
        assert_eq!(kind(&journal.read(&new, 0).await), Some(ErrorKind::NotFound));
    }
    journal.faults().fail_next_sync(Io::Other);
    journal.create(&new, at(0), &started()).await.unwrap_err();
    assert!(journal.list().await.unwrap().is_empty());
    assert_eq!(fs::read_dir(root.path().join(".scratch")).unwrap().count(), 0);
    journal.create(&new, at(0), &started()).await.unwrap();
}

#[tokio::test]
async fn a_lease_or_claim_that_cannot_be_written_stays_as_it_was() {
    let sample = Sample::new(4).await;
    let journal = sample.open();
    let seen = journal.lease(&sample.id).await.unwrap();
    let (shop, test) = ("shop".parse().unwrap(), "test".parse().unwrap());
    for kept in [0, 30] {
        journal.faults().fail_next_write(kept, Io::StorageFull);
        let error = journal.acquire(&sample.id, seen.as_ref(), "third", TTL).await.unwrap_err();
        assert!(error.to_string().contains("the disk is full"), "{error}");
        assert_eq!(journal.lease(&sample.id).await.unwrap(), seen);
        journal.faults().fail_next_write(kept, Io::StorageFull);
        assert_eq!(kind(&journal.claim(&shop, &test, &sample.id).await), Some(ErrorKind::Storage));
        assert_eq!(journal.claimant(&shop, &test).await.unwrap(), None);
    }
    append(&journal, &sample, 4, Durability::Synced).await.unwrap();
    journal.claim(&shop, &test, &sample.id).await.unwrap();
}
