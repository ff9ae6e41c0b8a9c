//! A removal that is interrupted leaves nothing that anybody sees, and is ended by whoever comes next.

use std::time::Duration;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::{
    DeploymentId, EnvironmentName, ErrorKind, ServiceName,
    journal::{Journal as _, Lease},
};

use crate::{
    cloud::{Cloud, Fault, Proxy},
    support::{append, at, chain, driven, record, through_proxy},
};

const WRITE: &str = "TransactWriteItems";
/// A deployment of 25 entries takes these: mark, claim, three times up to ten items, head.
const WRITES: usize = 6;

/// How many items there are of a deployment.
async fn items(journal: &DynamoJournal, deployment: &DeploymentId) -> usize {
    let query = Client::new(&Cloud::get().await.config()).query().table_name(journal.table()).key_condition_expression("pk = :pk");
    let pk = AttributeValue::S(format!("d#{deployment}"));
    query.expression_attribute_values(":pk", pk).send().await.unwrap().items().len()
}

fn place(lease: &Lease) -> (ServiceName, EnvironmentName) {
    (ServiceName::new(format!("shop-{}", lease.deployment)).unwrap(), EnvironmentName::new("test").unwrap())
}

/// A deployment whose removal was interrupted before its `nth` transaction, or after it.
async fn interrupted(proxy: &Proxy, journal: &DynamoJournal, nth: usize, fault: &Fault) -> Lease {
    let lease = driven(journal).await;
    for number in 1..25 {
        append(journal, &lease, number).await.unwrap();
    }
    let (service, environment) = place(&lease);
    journal.claim(&service, &environment, &lease.deployment).await.unwrap();
    proxy.once(WRITE, nth, fault);
    journal.remove(&lease.deployment).await.unwrap_err();
    proxy.clear();
    lease
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_removal_is_all_or_nothing_to_others_and_is_ended_by_the_next() {
    let (proxy, journal) = through_proxy(Duration::ZERO).await;
    for (nth, fault) in (0..WRITES).flat_map(|nth| [(nth, Fault::Reset), (nth, Fault::LostAnswer)]) {
        let lease = interrupted(&proxy, &journal, nth, &fault).await;
        let id = &lease.deployment;
        let begun = nth > 0 || matches!(fault, Fault::LostAnswer);
        match journal.read(id, 0).await {
            Ok(entries) => assert!(!begun && entries.len() == 25, "{nth} {fault:?}"),
            Err(error) => assert!(begun && error.kind() == ErrorKind::NotFound, "{nth} {fault:?}: {error}"),
        }
        assert_eq!(journal.list().await.unwrap().contains(id), !begun);
        assert_eq!(journal.lease(id).await.unwrap().is_some(), !begun);

        // The removal of another one ends this one too.
        let other = driven(&journal).await;
        journal.remove(&other.deployment).await.unwrap();
        if begun {
            assert_eq!(items(&journal, id).await, 0, "{nth} {fault:?}");
            let (service, environment) = place(&lease);
            assert_eq!(journal.claimant(&service, &environment).await.unwrap(), None);
        }
        journal.remove(id).await.unwrap();
        assert_eq!(items(&journal, id).await, 0);
    }
    println!("{} interruptions of a removal, all ended", 2 * WRITES);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_deployment_under_the_id_of_one_that_is_half_removed_is_a_new_one() {
    let (proxy, journal) = through_proxy(Duration::ZERO).await;
    for nth in 1..WRITES {
        let old = interrupted(&proxy, &journal, nth, &Fault::Reset).await;
        journal.create(&old.deployment, at(0), &record(0)).await.unwrap();
        assert_eq!(chain(&journal, &old.deployment).await, [(0, 0)]);
        assert!(append(&journal, &old, 1).await.is_err_and(|error| error.kind() == ErrorKind::Fenced));
        // The head and the entry: nothing is left of the old one.
        assert_eq!(items(&journal, &old.deployment).await, 2);
    }
}
