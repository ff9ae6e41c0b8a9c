//! Both journals keep the contract, and the suite that says so notices journals that do not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod journal_broken;

use std::sync::Arc;

use deployment_core::{
    journal::{FileJournal, Journal, MemoryJournal},
    testkit::{assert_none, conformance},
};

use journal_broken::{Broken, DEFECTS};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_memory_journal_conforms() {
    assert_none(&conformance::journal(|| Arc::new(MemoryJournal::new())).await);
    println!("memory journal: {} rules hold", conformance::journal_rules().len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_file_journal_conforms() {
    let directory = tempfile::tempdir().unwrap();
    // A fresh object on the same root for every rule: what one has written, another reads.
    let violations = conformance::journal(|| Arc::new(FileJournal::open(directory.path()).unwrap())).await;
    assert_none(&violations);
    println!("file journal: {} rules hold", conformance::journal_rules().len());
}

#[tokio::test]
async fn the_file_journal_conforms_on_one_thread() {
    let directory = tempfile::tempdir().unwrap();
    let journal: Arc<dyn Journal> = Arc::new(FileJournal::open(directory.path()).unwrap());
    assert_none(&conformance::journal(|| Arc::clone(&journal)).await);
}

#[tokio::test]
async fn every_broken_journal_is_caught() {
    for defect in DEFECTS {
        let violations = conformance::journal(|| Arc::new(Broken::new(defect))).await;
        let rules: Vec<_> = violations.iter().map(|violation| violation.rule).collect();
        assert!(!rules.is_empty(), "a journal with the defect {defect:?} passes");
        println!("{defect:?} breaks {} rules: {rules:?}", rules.len());
    }
    println!("{} seeded defects, all caught", DEFECTS.len());
}
