//! Every call that changes something, with every way to lose its answer: it happens once, and the caller is told the truth.

use std::{sync::Arc, time::Duration};

use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::{
    Actor, DeploymentId, EnvironmentName, ErrorKind, Result, ServiceName, SignalId, Status,
    journal::{Journal, Lease},
    signal::{Signal, Signalled},
};
use futures::future::BoxFuture;

use crate::{
    cloud::{Fault, Proxy},
    support::{TTL, append, at, chain, driven, record, through_proxy},
};

const WRITE: &str = "TransactWriteItems";

/// What is done, and what must be seen when it is done once.
struct Case {
    name: &'static str,
    /// How many transactions it takes.
    writes: usize,
    act: fn(Arc<Setting>) -> BoxFuture<'static, Result<()>>,
    seen: fn(Arc<Setting>) -> BoxFuture<'static, bool>,
}

/// A deployment with an entry, a signal, a cursor and a claim; and one that does not exist.
struct Setting {
    journal: DynamoJournal,
    lease: Lease,
    other: DeploymentId,
    service: ServiceName,
    environment: EnvironmentName,
    signal: Signalled,
}

impl Setting {
    async fn new(journal: &DynamoJournal) -> Arc<Self> {
        let lease = driven(journal).await;
        let setting = Self {
            journal: journal.clone(),
            service: ServiceName::new(format!("shop-{}", lease.deployment)).unwrap(),
            environment: EnvironmentName::new("test").unwrap(),
            other: DeploymentId::generate(),
            signal: signal("first"),
            lease,
        };
        append(journal, &setting.lease, 1).await.unwrap();
        journal.post(setting.id(), &setting.signal).await.unwrap();
        Arc::new(setting)
    }

    fn id(&self) -> &DeploymentId {
        &self.lease.deployment
    }

    async fn claimant(&self) -> Option<DeploymentId> {
        self.journal.claimant(&self.service, &self.environment).await.unwrap()
    }
}

fn signal(reason: &str) -> Signalled {
    Signalled { id: SignalId::generate(), actor: Actor::new("ada").unwrap(), reason: reason.to_owned(), at: at(3), signal: Signal::Pause }
}

fn cases() -> Vec<Case> {
    [of_the_chain(), of_the_lease(), beside_it()].into_iter().flatten().collect()
}

fn of_the_chain() -> Vec<Case> {
    vec![
        Case {
            name: "create",
            writes: 1,
            act: |s| Box::pin(async move { s.journal.create(&s.other, at(0), &record(0)).await }),
            seen: |s| Box::pin(async move { chain(&s.journal, &s.other).await == [(0, 0)] }),
        },
        Case {
            name: "append",
            writes: 1,
            act: |s| Box::pin(async move { append(&s.journal, &s.lease, 2).await }),
            seen: |s| Box::pin(async move { chain(&s.journal, s.id()).await == [(0, 0), (1, 1), (2, 1)] }),
        },
        Case {
            name: "remove",
            writes: 3,
            act: |s| Box::pin(async move { s.journal.remove(s.id()).await }),
            seen: |s| {
                Box::pin(async move {
                    let gone = s.journal.read(s.id(), 0).await.is_err_and(|error| error.kind() == ErrorKind::NotFound);
                    gone && !s.journal.list().await.unwrap().contains(s.id())
                })
            },
        },
    ]
}

fn of_the_lease() -> Vec<Case> {
    vec![
        Case {
            name: "acquire",
            writes: 1,
            act: |s| {
                Box::pin(async move {
                    let seen = s.journal.lease(s.id()).await?;
                    if seen.as_ref().is_some_and(|seen| seen.holder == "second") {
                        return Ok(());
                    }
                    let lease = s.journal.acquire(s.id(), seen.as_ref(), "second", TTL).await?;
                    assert_eq!(lease.epoch, 2);
                    Ok(())
                })
            },
            seen: |s| {
                Box::pin(
                    async move { s.journal.lease(s.id()).await.unwrap().is_some_and(|lease| lease.epoch == 2 && lease.holder == "second") },
                )
            },
        },
        Case {
            name: "renew",
            writes: 1,
            act: |s| Box::pin(async move { s.journal.renew(&s.lease).await }),
            // Counted twice it says the same.
            seen: |s| {
                Box::pin(async move { s.journal.lease(s.id()).await.unwrap().is_some_and(|lease| lease.epoch == 1 && lease.renewals >= 1) })
            },
        },
        Case {
            name: "release",
            writes: 1,
            act: |s| Box::pin(async move { s.journal.release(&s.lease).await }),
            seen: |s| Box::pin(async move { s.journal.lease(s.id()).await.unwrap().is_some_and(|lease| lease.released) }),
        },
    ]
}

fn beside_it() -> Vec<Case> {
    vec![
        Case {
            name: "post",
            writes: 1,
            act: |s| Box::pin(async move { s.journal.post(s.id(), &Signalled { id: SignalId::new("z").unwrap(), ..signal("z") }).await }),
            seen: |s| Box::pin(async move { s.journal.inbox(s.id()).await.unwrap().len() == 2 }),
        },
        Case {
            name: "acknowledge",
            writes: 1,
            act: |s| Box::pin(async move { s.journal.acknowledge(s.id(), &s.signal.id).await }),
            seen: |s| Box::pin(async move { s.journal.inbox(s.id()).await.unwrap().is_empty() }),
        },
        Case {
            name: "claim",
            writes: 1,
            act: |s| Box::pin(async move { s.journal.claim(&s.service, &s.environment, s.id()).await }),
            seen: |s| Box::pin(async move { s.claimant().await.as_ref() == Some(s.id()) }),
        },
        Case {
            name: "release claim",
            writes: 2,
            act: |s| {
                Box::pin(async move {
                    s.journal.claim(&s.service, &s.environment, s.id()).await?;
                    s.journal.release_claim(&s.service, &s.environment, s.id()).await
                })
            },
            seen: |s| Box::pin(async move { s.claimant().await.is_none() }),
        },
        Case {
            name: "set cursor",
            writes: 1,
            act: |s| Box::pin(async move { s.journal.set_cursor(s.id(), "mail", 7).await }),
            seen: |s| Box::pin(async move { s.journal.cursor(s.id(), "mail").await.unwrap() == 7 }),
        },
    ]
}

fn faults() -> [Fault; 3] {
    [Fault::LostAnswer, Fault::FailedAfter, Fault::Reset]
}

/// Sets a fault on the `nth` transaction, acts, and takes the fault away.
async fn act(proxy: &Proxy, case: &Case, setting: &Arc<Setting>, nth: usize, fault: &Fault) -> Result<()> {
    proxy.once(WRITE, nth, fault);
    let done = (case.act)(Arc::clone(setting)).await;
    assert!(proxy.count(WRITE) > nth, "{} has no transaction {nth}: {:?}", case.name, done);
    proxy.clear();
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn with_patience_a_lost_answer_is_not_noticed_and_the_change_is_there_once() {
    let (proxy, journal) = through_proxy(Duration::from_secs(120)).await;
    let mut tried = 0;
    for case in cases() {
        for (nth, fault) in (0..case.writes).flat_map(|nth| faults().map(|fault| (nth, fault))) {
            let setting = Setting::new(&journal).await;
            let what = format!("{}, transaction {nth}, {fault:?}", case.name);
            act(&proxy, &case, &setting, nth, &fault).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
            assert!((case.seen)(Arc::clone(&setting)).await, "{what}");
            tried += 1;
        }
    }
    println!("{tried} lost answers of {} calls, all made good", cases().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_patience_a_lost_answer_is_in_doubt_and_asking_again_settles_it() {
    let (proxy, journal) = through_proxy(Duration::ZERO).await;
    let mut tried = 0;
    for case in cases() {
        for (nth, fault) in (0..case.writes).flat_map(|nth| faults().map(|fault| (nth, fault))) {
            let setting = Setting::new(&journal).await;
            let what = format!("{}, transaction {nth}, {fault:?}", case.name);
            let error = act(&proxy, &case, &setting, nth, &fault).await.unwrap_err();
            assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::InDoubt), "{what}: {error:?}");
            // What a caller does: look, or do it again.
            let again = (case.act)(Arc::clone(&setting)).await;
            let allowed = match case.name {
                "create" => [ErrorKind::Conflict, ErrorKind::Conflict],
                // This object does not go on under this lease, as what it has sent may arrive yet.
                "append" => [ErrorKind::Storage, ErrorKind::Storage],
                _ => [ErrorKind::NotFound, ErrorKind::NotFound],
            };
            let refused = again.as_ref().err().map(deployment_core::Error::kind);
            assert!(refused.is_none_or(|kind| allowed.contains(&kind)), "{what}: {again:?}");
            if case.name == "append" {
                let seen = journal.lease(setting.id()).await.unwrap();
                let lease = journal.acquire(setting.id(), seen.as_ref(), "next", TTL).await.unwrap();
                let next = chain(&journal, setting.id()).await.len() as u64;
                append(&journal, &lease, next).await.unwrap();
                assert_eq!(chain(&journal, setting.id()).await.len() as u64, next + 1, "{what}");
            } else {
                assert!((case.seen)(Arc::clone(&setting)).await, "{what}");
            }
            tried += 1;
        }
    }
    println!("{tried} lost answers told as in doubt, all settled by asking again");
}
