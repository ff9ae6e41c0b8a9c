//! The journal keeps the contract.

use std::sync::Arc;

use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::testkit::{assert_none, conformance};

use crate::{
    cloud::Cloud,
    support::{journal, table},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_journal_conforms() {
    let config = Cloud::get().await.config();
    let table = table();
    DynamoJournal::new(&config, &table).create_table().await.unwrap();
    // A fresh object on the same table for every rule: what one has written, another reads.
    assert_none(&conformance::journal(|| Arc::new(DynamoJournal::new(&config, &table))).await);
    println!("DynamoDB journal: {} rules hold", conformance::journal_rules().len());
}

#[tokio::test]
async fn the_journal_conforms_on_one_thread_as_one_object() {
    let journal = Arc::new(journal().await);
    assert_none(&conformance::journal(|| journal.clone()).await);
}
