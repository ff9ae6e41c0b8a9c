//! The table.

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::ErrorKind;

use crate::{
    cloud::Cloud,
    support::{append, chain, driven, journal, table},
};

#[tokio::test(flavor = "multi_thread")]
async fn creating_it_again_changes_nothing() {
    let journal = journal().await;
    let lease = driven(&journal).await;
    append(&journal, &lease, 1).await.unwrap();
    for _ in 0..2 {
        journal.create_table().await.unwrap();
    }
    assert_eq!(chain(&journal, &lease.deployment).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_may_create_it_at_once() {
    let journal = DynamoJournal::new(&Cloud::get().await.config(), table());
    let all = (0..4).map(|_| journal.create_table());
    assert!(futures::future::join_all(all).await.iter().all(Result::is_ok));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_paid_per_request_protected_and_backed_up() {
    let journal = journal().await;
    let client = Client::new(&Cloud::get().await.config());
    let table = client.describe_table().table_name(journal.table()).send().await.unwrap().table.unwrap();
    assert_eq!(table.billing_mode_summary.and_then(|summary| summary.billing_mode), Some(BillingMode::PayPerRequest));
    assert_eq!(table.deletion_protection_enabled, Some(true));
    let backups = client.describe_continuous_backups().table_name(journal.table()).send().await.unwrap();
    let recovery = backups.continuous_backups_description.unwrap().point_in_time_recovery_description.unwrap();
    assert_eq!(recovery.point_in_time_recovery_status.unwrap().as_str(), "ENABLED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_somebody_elses_is_not_taken() {
    let (config, name) = (Cloud::get().await.config(), table());
    let id = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S).build().unwrap();
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap();
    let create = Client::new(&config).create_table().table_name(&name).attribute_definitions(id).key_schema(key);
    create.billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
    let error = DynamoJournal::new(&config, &name).create_table().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains(&name) && error.to_string().contains("choose another name"), "{error}");
}
