//! What is kept beside the chain: inbox, claims, cursors; listing and removing.

use std::sync::Arc;

use futures::FutureExt as _;

use super::{
    Checked, Rule,
    subject::{Driven, TTL, created, hold, place, record, refused, signal, time},
};
use crate::{
    error::ErrorKind,
    id::{DeploymentId, EnvironmentName, ServiceName, SignalId},
    journal::Journal,
};

pub(super) const RULES: &[Rule] = &[
    ("the inbox is by id, whatever the order of posting", |journal| inbox(journal).boxed()),
    ("a signal with an id that was posted changes nothing", |journal| twice(journal).boxed()),
    ("an acknowledged signal is gone, and again is a success", |journal| acknowledged(journal).boxed()),
    ("a claim by its holder again changes nothing", |journal| claim_again(journal).boxed()),
    ("another deployment's claim is a conflict that names the holder", |journal| claim_conflict(journal).boxed()),
    ("only the holder gives a claim up, and then it is free", |journal| claim_release(journal).boxed()),
    ("claims are per service and environment", |journal| claims_apart(journal).boxed()),
    ("a cursor is per deployment and reader, begins at 0 and is what was set", |journal| cursors(journal).boxed()),
    ("the list has every deployment, by id", |journal| list(journal).boxed()),
    ("remove takes everything that belongs to a deployment, and again is a success", |journal| remove(journal).boxed()),
];

async fn inbox(journal: Arc<dyn Journal>) -> Checked {
    let (id, other) = (created(&journal).await?, created(&journal).await?);
    for end in ["c", "a", "/..", "b", "a.b", &"y".repeat(190)] {
        journal.post(&id, &signal(&SignalId::made(format!("{end}-signal")), end)).await?;
    }
    let seen: Vec<_> = journal.inbox(&id).await?.into_iter().map(|signal| signal.id.to_string()).collect();
    hold(seen.len() == 6 && seen.is_sorted(), format!("of 6 signals, {seen:?} are there in this order"))?;
    hold(journal.inbox(&other).await?.is_empty(), "another deployment's inbox shows them")
}

async fn twice(journal: Arc<dyn Journal>) -> Checked {
    let id = created(&journal).await?;
    let first = signal(&SignalId::generate(), "first");
    journal.post(&id, &first).await?;
    journal.post(&id, &first).await?;
    journal.post(&id, &signal(&first.id, "second")).await?;
    let seen = journal.inbox(&id).await?;
    hold(seen == [first], format!("the inbox is {seen:?}"))
}

async fn acknowledged(journal: Arc<dyn Journal>) -> Checked {
    let id = created(&journal).await?;
    let (one, other) = (signal(&SignalId::generate(), "one"), signal(&SignalId::generate(), "other"));
    journal.post(&id, &one).await?;
    journal.post(&id, &other).await?;
    journal.acknowledge(&id, &one.id).await?;
    journal.acknowledge(&id, &one.id).await?;
    let seen = journal.inbox(&id).await?;
    hold(seen == [other], format!("the inbox is {seen:?}"))
}

async fn claim_again(journal: Arc<dyn Journal>) -> Checked {
    let ((service, environment), id) = (place(), DeploymentId::generate());
    hold(journal.claimant(&service, &environment).await?.is_none(), "it is claimed before anybody did")?;
    journal.claim(&service, &environment, &id).await?;
    journal.claim(&service, &environment, &id).await?;
    let seen = journal.claimant(&service, &environment).await?;
    hold(seen.as_ref() == Some(&id), format!("claimed by {id}, it shows {seen:?}"))?;
    journal.release_claim(&service, &environment, &id).await?;
    Ok(())
}

async fn claim_conflict(journal: Arc<dyn Journal>) -> Checked {
    let ((service, environment), id) = (place(), DeploymentId::generate());
    journal.claim(&service, &environment, &id).await?;
    let second = journal.claim(&service, &environment, &DeploymentId::generate()).await;
    let error = refused("another deployment's claim", second, &[ErrorKind::Conflict])?;
    hold(error.to_string().contains(id.as_str()), format!("the refusal does not name {id}: {error}"))?;
    let seen = journal.claimant(&service, &environment).await?;
    hold(seen.as_ref() == Some(&id), format!("the holder has become {seen:?}"))?;
    journal.release_claim(&service, &environment, &id).await?;
    Ok(())
}

async fn claim_release(journal: Arc<dyn Journal>) -> Checked {
    let ((service, environment), id, other) = (place(), DeploymentId::generate(), DeploymentId::generate());
    journal.release_claim(&service, &environment, &id).await?;
    journal.claim(&service, &environment, &id).await?;
    journal.release_claim(&service, &environment, &other).await?;
    hold(journal.claimant(&service, &environment).await?.as_ref() == Some(&id), "another deployment has released it")?;
    journal.release_claim(&service, &environment, &id).await?;
    journal.release_claim(&service, &environment, &id).await?;
    hold(journal.claimant(&service, &environment).await?.is_none(), "it is still claimed after the release")?;
    journal.claim(&service, &environment, &other).await?;
    journal.release_claim(&service, &environment, &id).await?;
    hold(journal.claimant(&service, &environment).await?.as_ref() == Some(&other), "the one before has released the next one's")?;
    journal.release_claim(&service, &environment, &other).await?;
    Ok(())
}

async fn claims_apart(journal: Arc<dyn Journal>) -> Checked {
    let (service, _) = place();
    let long = "z".repeat(150);
    // The same characters, split at another place, and names that are cut short if they are cut carelessly.
    let places: Vec<(ServiceName, EnvironmentName)> =
        [("", "a@b"), ("@a", "b"), ("/a", "b"), ("%2Fa", "b"), ("", "A"), (&long, "b"), (&long, "c")]
            .iter()
            .map(|(end, environment)| (ServiceName::made(format!("{service}{end}")), EnvironmentName::made(environment)))
            .collect();
    let ids: Vec<_> = places.iter().map(|_| DeploymentId::generate()).collect();
    for ((service, environment), id) in places.iter().zip(&ids) {
        journal.claim(service, environment, id).await?;
    }
    for ((service, environment), id) in places.iter().zip(&ids) {
        let seen = journal.claimant(service, environment).await?;
        hold(seen.as_ref() == Some(id), format!("{service} in {environment} was claimed by {id} and shows {seen:?}"))?;
        journal.release_claim(service, environment, id).await?;
    }
    Ok(())
}

async fn cursors(journal: Arc<dyn Journal>) -> Checked {
    let (id, other) = (created(&journal).await?, created(&journal).await?);
    let readers = ["slack", "slack dead letters 0", "Slack ops / #1", "../slack", "", "."];
    for (next, reader) in (1..).zip(readers) {
        hold(journal.cursor(&id, reader).await? == 0, format!("{reader:?} does not begin at 0"))?;
        journal.set_cursor(&id, reader, 100).await?;
        journal.set_cursor(&id, reader, next).await?;
    }
    for (next, reader) in (1..).zip(readers) {
        let seen = journal.cursor(&id, reader).await?;
        hold(seen == next, format!("{reader:?} was set to {next} and shows {seen}"))?;
        hold(journal.cursor(&other, reader).await? == 0, format!("{reader:?} is shared between deployments"))?;
    }
    // Dead letters are kept as two numbers in one.
    journal.set_cursor(&id, "slack", u64::MAX).await?;
    let seen = journal.cursor(&id, "slack").await?;
    hold(seen == u64::MAX, format!("a cursor was set to {} and shows {seen}", u64::MAX))
}

async fn list(journal: Arc<dyn Journal>) -> Checked {
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(created(&journal).await?);
    }
    let removed = created(&journal).await?;
    journal.remove(&removed).await?;
    let listed = journal.list().await?;
    hold(listed.is_sorted(), format!("it is not in order: {listed:?}"))?;
    hold(ids.iter().all(|id| listed.contains(id)), format!("of {ids:?} it has {listed:?}"))?;
    hold(!listed.contains(&removed), "it has one that was removed")
}

async fn remove(journal: Arc<dyn Journal>) -> Checked {
    let (deployment, (service, environment)) = (Driven::new(journal).await?, place());
    let (journal, id) = (&deployment.journal, &deployment.id);
    deployment.append(1).await?;
    journal.post(id, &signal(&SignalId::generate(), "why")).await?;
    journal.set_cursor(id, "reader", 2).await?;
    journal.claim(&service, &environment, id).await?;
    journal.remove(id).await?;
    journal.remove(id).await?;
    hold(journal.claimant(&service, &environment).await?.is_none(), "its claim stays")?;
    refused("an append after it", deployment.append(2).await, &[ErrorKind::NotFound, ErrorKind::Fenced])?;
    journal.create(id, time(0), &record(0)).await?;
    deployment.has(&[0]).await?;
    hold(journal.lease(id).await?.is_none(), "a new deployment under its id has its lease")?;
    hold(journal.inbox(id).await?.is_empty(), "a new deployment under its id has its inbox")?;
    hold(journal.cursor(id, "reader").await? == 0, "a new deployment under its id has its cursor")?;
    journal.acquire(id, None, "next", TTL).await?;
    Ok(())
}
