//! No flipped bit goes unnoticed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod journal_support;

use std::{fs, path::Path};

use deployment_core::{
    Actor, EnvironmentName, ErrorKind, ServiceName, SignalId,
    journal::{Durability, FileJournal, Journal as _},
    signal::{Signal, Signalled},
};
use journal_support::{Sample, at, kind, record};

#[tokio::test]
async fn every_bit_of_a_chain() {
    let sample = Sample::new(7).await;
    let ends = sample.ends();
    let (mut corrupt, mut newer, mut torn) = (0, 0, 0);
    let journal = sample.open();
    for bit in 0..sample.bytes.len() * 8 {
        let place = bit / 8;
        let mut bytes = sample.bytes.clone();
        bytes[place] ^= 1 << (bit % 8);
        fs::write(&sample.path, &bytes).unwrap();

        let read = journal.read(&sample.id, 0).await.map(|entries| journal_support::texts(&entries));
        let line = ends.iter().filter(|end| **end <= place).count();
        let offset = if line == 0 { 0 } else { ends[line - 1] };
        match (&read, kind(&read)) {
            (_, Some(ErrorKind::Corrupt)) => corrupt += 1,
            (_, Some(ErrorKind::Incompatible)) => newer += 1,
            (Ok(entries), _) => {
                assert_eq!(place + 1, bytes.len(), "bit {bit} of byte {place} was not noticed");
                assert_eq!(entries[..], sample.texts[..line]);
                torn += 1;
                continue;
            }
            (Err(error), _) => panic!("bit {bit}: {error}"),
        }
        let error = read.unwrap_err().to_string();
        let (path, offset) = (format!("path: {}", sample.path.display()), format!("offset: {offset}"));
        assert!(error.contains(&path) && error.contains(&offset), "byte {place}, {offset}: {error}");
        // Nothing is added to a damaged chain, and nothing about it is mended.
        let append = journal.append(&sample.lease, 7, at(7), &record(7), Durability::Synced).await;
        let expected = if newer_at(&bytes, &ends, line) { ErrorKind::Incompatible } else { ErrorKind::Corrupt };
        assert_eq!(kind(&append), Some(expected));
        assert_eq!(fs::read(&sample.path).unwrap(), bytes);
    }
    let all = sample.bytes.len() * 8;
    assert_eq!(corrupt + newer + torn, all);
    println!("{all} bits flipped: {corrupt} refused as damage, {newer} as another format, {torn} left a torn line, 0 unnoticed");
}

/// Whether the flip has made the version of this line a higher one.
fn newer_at(bytes: &[u8], ends: &[usize], line: usize) -> bool {
    let begin = if line == 0 { 0 } else { ends[line - 1] };
    let version = &bytes[begin..];
    version.starts_with(b"{\"v\":") && version[5].is_ascii_digit() && version[5] > b'1' && version[6] == b','
}

#[tokio::test]
async fn every_bit_of_the_small_files() {
    let sample = Sample::new(3).await;
    let journal = sample.open();
    let (shop, test) = (ServiceName::new("shop").unwrap(), EnvironmentName::new("test").unwrap());
    let signal = Signalled {
        id: SignalId::new("s1").unwrap(),
        actor: Actor::new("ada").unwrap(),
        reason: "why".to_owned(),
        at: at(1),
        signal: Signal::Abort,
    };
    journal.post(&sample.id, &signal).await.unwrap();
    journal.set_cursor(&sample.id, "mail", 17).await.unwrap();
    journal.claim(&shop, &test, &sample.id).await.unwrap();
    let directory = sample.path.parent().unwrap();

    let claim = async || journal.claimant(&shop, &test).await.map(|seen| assert_eq!(seen, Some(sample.id.clone())));
    let inbox = async || journal.inbox(&sample.id).await.map(|seen| assert_eq!(seen, std::slice::from_ref(&signal)));
    let cursor = async || journal.cursor(&sample.id, "mail").await.map(|seen| assert_eq!(seen, 17));
    let mut flips = refused_at_every_bit(&sample.root.path().join("claims/shop@test.json"), claim).await;
    flips += refused_at_every_bit(&directory.join("inbox/s1.json"), inbox).await;
    flips += refused_at_every_bit(&directory.join("cursors/mail.json"), cursor).await;
    println!("{flips} bits of claim, inbox and cursor flipped, every one refused");
    println!("{} bits of the lease flipped, none gives a wrong epoch", lease_at_every_bit(&sample, &journal).await);
}

/// Damage to a small file is refused, whatever the bit.
async fn refused_at_every_bit(path: &Path, read: impl AsyncFn() -> deployment_core::Result<()>) -> usize {
    let whole = fs::read(path).unwrap();
    read().await.unwrap();
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(path, bytes).unwrap();
        let seen = kind(&read().await);
        assert!(matches!(seen, Some(ErrorKind::Corrupt | ErrorKind::Incompatible)), "bit {bit} of {}: {seen:?}", path.display());
    }
    fs::write(path, &whole).unwrap();
    whole.len() * 8
}

/// A damaged lease is held by nobody knows whom, under the chain's last epoch; the next one is beyond what it may have been.
async fn lease_at_every_bit(sample: &Sample, journal: &FileJournal) -> usize {
    let path = sample.path.with_file_name("lease.json");
    let whole = fs::read(&path).unwrap();
    let mut damaged: Vec<Vec<u8>> = vec![Vec::new(), whole[..whole.len() / 2].to_vec()];
    damaged.extend((0..whole.len() * 8).map(|bit| {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    }));
    for bytes in &damaged {
        fs::write(&path, bytes).unwrap();
        match journal.lease(&sample.id).await {
            Ok(state) => {
                let state = state.unwrap();
                assert_eq!((state.epoch, state.released), (sample.lease.epoch, false));
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Incompatible, "{error}"),
        }
    }
    fs::write(&path, b"").unwrap();
    let seen = journal.lease(&sample.id).await.unwrap();
    let next = journal.acquire(&sample.id, seen.as_ref(), "third", journal_support::TTL).await.unwrap();
    assert!(next.epoch > sample.lease.epoch + 1);
    assert_eq!(kind(&sample.append(3).await), Some(ErrorKind::Fenced));
    damaged.len()
}
