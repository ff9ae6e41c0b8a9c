//! What goes wrong on the way to the table, and what the caller is told.

use std::{net::TcpListener, time::Duration};

use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::{DeploymentId, ErrorKind, Status, journal::Journal as _};
use tokio::time::Instant;

use crate::{
    cloud::{Cloud, Fault, Proxy, config},
    support::{TTL, append, at, chain, driven, record, table, through_proxy},
};

const WRITE: &str = "TransactWriteItems";
const PATIENT: Duration = Duration::from_secs(120);

/// The first transactions, or reads, meet these faults, one after the other; what is appended under them is there once.
async fn append_through(call: &'static str, faults: Vec<Fault>) {
    let (proxy, journal) = through_proxy(PATIENT).await;
    let lease = driven(&journal).await;
    let (rule, mut met) = (faults.clone(), 0);
    proxy.rule(move |name, _, _| {
        let fault = rule.get(met).filter(|_| name == call).cloned();
        met += usize::from(name == call);
        fault
    });
    append(&journal, &lease, 1).await.unwrap();
    // A lost answer is looked up besides.
    assert!(proxy.count(call) > faults.len());
    proxy.clear();
    assert_eq!(chain(&journal, &lease.deployment).await, [(0, 0), (1, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_is_waited_out() {
    let throttled = |code| Fault::Refused(400, code, "slow down");
    let all = ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"].map(throttled);
    append_through(WRITE, all.to_vec()).await;
    append_through("GetItem", all.to_vec()).await;
    append_through(WRITE, vec![Fault::Cancelled("ThrottlingError"), Fault::Cancelled("ProvisionedThroughputExceeded")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_of_others_are_waited_out() {
    append_through(WRITE, vec![Fault::Cancelled("TransactionConflict"); 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resets_and_failing_servers_are_waited_out() {
    let down = Fault::Refused(503, "ServiceUnavailable", "not now");
    for call in [WRITE, "GetItem"] {
        append_through(call, vec![Fault::Reset, down.clone(), Fault::Reset, down.clone(), Fault::Reset]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_expired_are_tried_again_until_they_are_refreshed() {
    let expired = Fault::Refused(400, "ExpiredTokenException", "The security token included in the request is expired");
    append_through(WRITE, vec![expired; 3]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_beyond_patience_did_not_happen_and_says_so() {
    let (proxy, journal) = through_proxy(Duration::from_secs(1)).await;
    let lease = driven(&journal).await;
    proxy.rule(|_, _, _| Some(Fault::Refused(400, "ThrottlingException", "slow down")));
    let error = append(&journal, &lease, 1).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Status::Temporary), "{error:?}");
    assert!(proxy.calls().len() > 1, "it was tried once");
    proxy.clear();
    assert_eq!(chain(&journal, &lease.deployment).await, [(0, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_tries_again() {
    let (proxy, journal) = through_proxy(Duration::ZERO).await;
    for fault in [Fault::Reset, Fault::Refused(500, "InternalServerError", "no"), Fault::Refused(400, "ThrottlingException", "no")] {
        proxy.rule(move |_, _, _| Some(fault.clone()));
        let error = journal.list().await.unwrap_err();
        assert_eq!(error.status(), Status::Temporary, "{error:?}");
        assert_eq!(proxy.calls().len(), 1, "the SDK has tried again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_allowed_is_said_at_once_with_the_action() {
    let (proxy, journal) = through_proxy(PATIENT).await;
    let sentence = "User: arn:aws:iam::1:user/ada is not authorized to perform: dynamodb:Query on resource: t";
    proxy.rule(move |_, _, _| Some(Fault::Refused(400, "AccessDeniedException", sentence)));
    let error = journal.list().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unauthorized, Status::Permanent));
    let said = error.to_string();
    assert!(said.contains("dynamodb:Query") && said.contains("allow this action") && said.contains(journal.table()), "{said}");
    assert_eq!(proxy.calls().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_aws_does_not_take_is_said_to_be_off() {
    let (proxy, journal) = through_proxy(Duration::ZERO).await;
    proxy.rule(|_, _, _| Some(Fault::Refused(403, "RequestTimeTooSkewed", "The difference is too large")));
    let error = journal.list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(error.to_string().contains("this machine's clock is off"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_where_nobody_listens_is_unreachable_and_nothing_is_in_doubt() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let journal = DynamoJournal::with_patience(&config(closed), table(), Duration::from_millis(200));
    let began = Instant::now();
    let error = journal.create(&DeploymentId::generate(), at(0), &record(0)).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::Temporary), "{error:?}");
    assert!(error.to_string().contains("cannot be connected to"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credentials_are_said_to_be_missing() {
    let with = Cloud::get().await.config();
    let without = aws_config::SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(with.region().cloned())
        .endpoint_url(with.endpoint_url().unwrap())
        .build();
    let error = DynamoJournal::with_patience(&without, table(), Duration::ZERO).list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error:?}");
    assert!(error.to_string().contains("there are no credentials"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_not_there_is_named() {
    let journal = DynamoJournal::new(&Cloud::get().await.config(), "nobody-made-this");
    let error = journal.list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("nobody-made-this"), "{error}");
}

/// A journal that gives an answer up after a moment.
async fn in_a_hurry() -> (Proxy, DynamoJournal) {
    let (proxy, journal) = through_proxy(Duration::ZERO).await;
    let timeouts = aws_config::timeout::TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(500)).build();
    let config = proxy.config().into_builder().timeout_config(timeouts).build();
    (proxy, DynamoJournal::with_patience(&config, journal.table(), Duration::ZERO))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_come_is_given_up_and_in_doubt() {
    let (proxy, journal) = in_a_hurry().await;
    proxy.rule(|_, _, _| Some(Fault::Late(Duration::from_secs(60))));
    let error = journal.create(&DeploymentId::generate(), at(0), &record(0)).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::InDoubt), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_late_finds_another_epoch_and_changes_nothing() {
    let (proxy, hurried) = in_a_hurry().await;
    let journal = DynamoJournal::new(&Cloud::get().await.config(), hurried.table());
    let lease = driven(&journal).await;
    let id = &lease.deployment;
    proxy.rule(|name, _, _| (name == WRITE).then_some(Fault::Late(Duration::from_secs(3))));
    let seen = journal.lease(id).await.unwrap();
    let (append_late, renew_late, release_late, acquire_late) = tokio::join!(
        append(&hurried, &lease, 1),
        hurried.renew(&lease),
        hurried.release(&lease),
        hurried.acquire(id, seen.as_ref(), "late", TTL)
    );
    for status in [append_late.map(drop), renew_late, release_late, acquire_late.map(drop)].map(|late| late.unwrap_err().status()) {
        assert_eq!(status, Status::InDoubt);
    }
    let next = journal.acquire(id, seen.as_ref(), "next", TTL).await.unwrap();
    append(&journal, &next, 1).await.unwrap();
    let before = (journal.lease(id).await.unwrap(), chain(&journal, id).await);
    // The answers are there when all that was late has arrived.
    while proxy.arrived() < 4 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((journal.lease(id).await.unwrap(), chain(&journal, id).await), before);
    append(&journal, &next, 2).await.unwrap();
    assert_eq!(chain(&journal, id).await, [(0, 0), (1, 2), (2, 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_is_consistent() {
    let (proxy, journal) = through_proxy(PATIENT).await;
    proxy.clear();
    let lease = driven(&journal).await;
    append(&journal, &lease, 1).await.unwrap();
    chain(&journal, &lease.deployment).await;
    journal.inbox(&lease.deployment).await.unwrap();
    journal.cursor(&lease.deployment, "mail").await.unwrap();
    journal.list().await.unwrap();
    journal.remove(&lease.deployment).await.unwrap();
    let reads: Vec<_> = proxy.calls().into_iter().filter(|(name, _)| name == "GetItem" || name == "Query").collect();
    assert!(reads.len() > 6, "{} reads", reads.len());
    for (name, body) in reads {
        assert!(body.contains(r#""ConsistentRead":true"#), "{name} {body}");
    }
}
