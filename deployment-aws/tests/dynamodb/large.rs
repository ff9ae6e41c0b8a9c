//! Records that are larger than an item, and chains that are larger than a page.

use deployment_aws::dynamodb::LONGEST_LINE;
use deployment_core::{
    ErrorKind,
    engine::Record,
    journal::{Durability, Journal as _},
};

use crate::support::{append, at, chain, driven, journal};

/// A record of about this many bytes. Two bytes for most characters, so that a cut could go through one.
fn halted(bytes: usize) -> Record {
    Record::Halted { reason: "x".to_owned() + &"äöü€".chars().cycle().take(bytes * 4 / 9).collect::<String>() }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_megabytes_come_back_as_they_were() {
    let journal = journal().await;
    let lease = driven(&journal).await;
    let sizes = [100, 379_700, 380_100, 1_000_000, 3_700_000];
    for (number, size) in (1..).zip(sizes) {
        journal.append(&lease, number, at(number), &halted(size), Durability::Synced).await.unwrap();
    }
    append(&journal, &lease, 6).await.unwrap();
    let read = journal.read(&lease.deployment, 1).await.unwrap();
    for (entry, size) in read.iter().zip(sizes) {
        let (Record::Halted { reason: one }, Record::Halted { reason: other }) = (&entry.record, halted(size)) else { panic!("{entry:?}") };
        assert!(*one == other, "{size} bytes came back otherwise");
    }
    assert_eq!(chain(&journal, &lease.deployment).await.len(), 7);
    // A page has one megabyte: none of these is one page.
    for from in 0..7 {
        assert_eq!(journal.read(&lease.deployment, from).await.unwrap().len() as u64, 7 - from);
    }
    journal.remove(&lease.deployment).await.unwrap();
    assert_eq!(journal.read(&lease.deployment, 0).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_does_not_fit_is_refused_with_its_size_and_changes_nothing() {
    let journal = journal().await;
    let lease = driven(&journal).await;
    let error = journal.append(&lease, 1, at(1), &halted(LONGEST_LINE), Durability::Synced).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains(&format!("at most {LONGEST_LINE} fit")), "{error}");
    append(&journal, &lease, 1).await.unwrap();
    assert_eq!(chain(&journal, &lease.deployment).await, [(0, 0), (1, 1)]);
}
