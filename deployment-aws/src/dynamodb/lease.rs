//! Who drives a deployment.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use deployment_core::{
    DeploymentId, Result,
    journal::{Lease, LeaseState},
};

use super::{
    change::{ALIVE, Change, n, s},
    head::by_holder,
    keys::Key,
    refusal,
    store::{Mark, Store, Written},
};

/// The lease as it stands.
pub(super) async fn look(store: &Store, deployment: &DeploymentId) -> Result<Option<LeaseState>> {
    Ok(store.head("lease", deployment).await?.and_then(|head| head.lease))
}

/// Takes the lease with the next epoch, if it stands as `seen`.
pub(super) async fn acquire(
    store: &Store,
    deployment: &DeploymentId,
    seen: Option<&LeaseState>,
    holder: &str,
    ttl: Duration,
) -> Result<Lease> {
    let missing = || refusal::no_such("acquire", deployment);
    let head = store.head("acquire", deployment).await?.ok_or_else(missing)?;
    if head.lease.as_ref() != seen {
        return Err(refusal::lease_moved(deployment, head.lease.as_ref()));
    }
    let (mark, before) = (Mark::new(), seen.map_or((0, 0, false), |seen| (seen.epoch, seen.renewals, seen.released)));
    let epoch = before.0.saturating_add(1);
    // Whole milliseconds are what is kept, and what the holder goes by.
    let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
    let take = "SET #epoch = :epoch, #renewals = :zero, #released = :false, #holder = :holder, #ttl = :ttl, #taken = :mark";
    let stands = "#birth = :birth AND #epoch = :before AND #renewals = :renewals AND #released = :released";
    let change = Change::update(Key::head(deployment), take).when(ALIVE).when(stands);
    let change = change.value("epoch", n(epoch)).value("zero", n(0)).value("false", AttributeValue::Bool(false));
    let change = change.value("holder", s(holder)).value("ttl", n(millis)).value("mark", mark.value());
    let change = change.value("birth", s(head.birth)).value("before", n(before.0)).value("renewals", n(before.1));
    let change = change.value("released", AttributeValue::Bool(before.2));
    if store.transact("acquire", vec![change]).await? == Written::Refused {
        let now = store.head("acquire", deployment).await?.ok_or_else(missing)?;
        if !mark.is(now.taken.as_deref()) {
            return Err(refusal::lease_moved(deployment, now.lease.as_ref()));
        }
    }
    // What was known of the chain was known under another epoch.
    store.tails.forget(deployment);
    Ok(Lease { deployment: deployment.clone(), epoch, time_to_live: Duration::from_millis(millis) })
}

/// Counts a renewal. Every try counts anew, so that success means: renewed by the last try, and not by one whose answer was lost long ago.
pub(super) async fn renew(store: &Store, lease: &Lease) -> Result<()> {
    let change = by_holder(lease, "ADD #renewals :one").value("one", n(1));
    if store.transact("renew", vec![change]).await? == Written::Done {
        return Ok(());
    }
    let head = store.head("renew", &lease.deployment).await?.ok_or_else(|| refusal::no_such("renew", &lease.deployment))?;
    Err(refusal::fenced("renew", lease, head.lease.as_ref()))
}

/// Gives the lease up, if it is still held.
pub(super) async fn release(store: &Store, lease: &Lease) -> Result<()> {
    store.tails.forget(&lease.deployment);
    let change = by_holder(lease, "SET #released = :true").value("true", AttributeValue::Bool(true));
    store.transact("release", vec![change]).await.map(drop)
}
