//! A chain that a crash has cut at any byte is read up to the last whole line, and goes on from there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod journal_support;

use std::fs;

use deployment_core::journal::{Durability, Journal as _, Verified};
use journal_support::{Sample, at, record};

#[tokio::test]
async fn cut_at_every_byte() {
    let sample = Sample::new(12).await;
    let ends = sample.ends();
    let (mut cuts, mut torn) = (0, 0);
    let reader = sample.open();
    let read = async || journal_support::texts(&reader.read(&sample.id, 0).await.unwrap());
    for cut in 0..=sample.bytes.len() {
        fs::write(&sample.path, &sample.bytes[..cut]).unwrap();
        let whole = ends.iter().filter(|end| **end <= cut).count();
        let kept = if whole == 0 { 0 } else { ends[whole - 1] };

        // What was whole before the cut is there, all of it, and nothing else. Reading changes nothing.
        assert_eq!(read().await, sample.texts[..whole], "cut at {cut}");
        let verified = reader.verify(&sample.id).await.unwrap();
        let expected = Verified { entries: whole as u64, bytes: kept as u64, torn_bytes: (cut - kept) as u64 };
        assert_eq!(verified, expected, "cut at {cut}");
        assert_eq!(fs::read(&sample.path).unwrap(), &sample.bytes[..cut], "cut at {cut}");

        // The next append cuts the torn line off, and follows what is whole.
        let next = whole as u64;
        sample.append(next).await.unwrap();
        let entries = read().await;
        assert_eq!(entries[..whole], sample.texts[..whole], "cut at {cut}");
        let appended: serde_json::Value = serde_json::from_str(&entries[whole]).unwrap();
        assert_eq!(appended["record"], serde_json::to_value(record(next)).unwrap(), "cut at {cut}");
        assert_eq!(appended["at"], serde_json::to_value(at(next)).unwrap());
        assert_eq!(entries.len(), whole + 1, "cut at {cut}");
        assert_eq!(fs::read(&sample.path).unwrap()[..kept], sample.bytes[..kept], "cut at {cut}");
        assert_eq!(reader.verify(&sample.id).await.unwrap().torn_bytes, 0);
        cuts += 1;
        torn += usize::from(cut != kept);
    }
    println!("cut at {cuts} offsets, {torn} of them inside a line: every one was read and went on");
}

#[tokio::test]
async fn a_torn_end_may_hold_anything_but_a_newline() {
    let sample = Sample::new(4).await;
    let tails: [&[u8]; 5] = [b"\0", &[0; 5000], b"{\"v\":9,", b"\xff\xfe", b"{\"v\":1,\"seq\":4}"];
    for tail in tails {
        fs::write(&sample.path, [&sample.bytes, tail].concat()).unwrap();
        assert_eq!(sample.read().await.unwrap(), sample.texts);
        assert_eq!(sample.open().verify(&sample.id).await.unwrap().torn_bytes, tail.len() as u64);
        sample.append(4).await.unwrap();
        assert_eq!(sample.read().await.unwrap().len(), 5);
    }
}

#[tokio::test]
async fn the_object_that_appends_finds_what_another_left_torn() {
    let sample = Sample::new(4).await;
    let journal = sample.open();
    let append = async |number| {
        journal.append(&sample.lease, number, at(number), &record(number), Durability::Synced).await.unwrap();
    };
    append(4).await;
    // Another process begins to write under the same lease and dies.
    let before = fs::read(&sample.path).unwrap();
    fs::write(&sample.path, [&before, b"{\"v\":1,\"seq\"".as_slice()].concat()).unwrap();
    append(5).await;
    assert_eq!(sample.read().await.unwrap().len(), 6);
    assert_eq!(fs::read(&sample.path).unwrap()[..before.len()], before);
}
