//! The lease and the fence.

use std::sync::Arc;

use futures::FutureExt as _;

use super::{
    Checked, Rule,
    subject::{Driven, TTL, created, hold, record, refused, time},
};
use crate::{
    error::ErrorKind,
    journal::{Durability, Journal, Lease},
};

pub(super) const RULES: &[Rule] = &[
    ("nobody holds the lease of a new deployment", |journal| free(journal).boxed()),
    ("a lease shows its epoch, its holder and its time to live", |journal| shows(journal).boxed()),
    ("a renewal shows that the holder is alive", |journal| renewal(journal).boxed()),
    ("a lease is taken only as it was seen", |journal| seen(journal).boxed()),
    ("epochs only grow, over releases too", |journal| grows(journal).boxed()),
    ("a stale writer's append is fenced, and changes nothing", |journal| fenced(journal).boxed()),
    ("a stale renewal is fenced", |journal| stale_renewal(journal).boxed()),
    ("nobody writes under an epoch that was not given out", |journal| invented(journal).boxed()),
    ("a released lease neither writes nor is renewed", |journal| released(journal).boxed()),
    ("a stale release changes nothing", |journal| stale_release(journal).boxed()),
    ("the fence comes before the order", |journal| fence_first(journal).boxed()),
];

async fn free(journal: Arc<dyn Journal>) -> Checked {
    let id = created(&journal).await?;
    let state = journal.lease(&id).await?;
    hold(state.is_none(), format!("it shows {state:?}"))
}

async fn shows(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    let lease = &deployment.lease;
    hold(lease.deployment == deployment.id && lease.time_to_live == TTL, format!("acquire gave {lease:?}"))?;
    hold(lease.epoch > 0, "the first lease has epoch 0, which is that of the first entry")?;
    let state = deployment.journal.lease(&deployment.id).await?;
    let right = state.as_ref().is_some_and(|state| {
        state.epoch == lease.epoch && state.holder == "first" && state.time_to_live == TTL && !state.released && state.renewals == 0
    });
    hold(right, format!("taken by \"first\" for {TTL:?} under epoch {}, it shows {state:?}", lease.epoch))
}

async fn renewal(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    for round in 1..=3 {
        let before = deployment.journal.lease(&deployment.id).await?;
        deployment.journal.renew(&deployment.lease).await?;
        let after = deployment.journal.lease(&deployment.id).await?;
        hold(before != after, format!("renewal {round} leaves it as {after:?}"))?;
        hold(after.is_some_and(|state| state.epoch == deployment.lease.epoch), format!("renewal {round} changes the epoch"))?;
    }
    deployment.append(1).await?;
    Ok(())
}

async fn seen(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    let (journal, id) = (&deployment.journal, &deployment.id);
    refused("acquire as never held", journal.acquire(id, None, "second", TTL).await, &[ErrorKind::Conflict])?;
    let old = journal.lease(id).await?;
    journal.renew(&deployment.lease).await?;
    refused("acquire as before a renewal", journal.acquire(id, old.as_ref(), "second", TTL).await, &[ErrorKind::Conflict])?;
    let taken = deployment.taken_over("second").await?;
    refused("acquire as before a take-over", journal.acquire(id, old.as_ref(), "third", TTL).await, &[ErrorKind::Conflict])?;
    taken.append(1).await?;
    taken.has(&[0, taken.lease.epoch]).await
}

async fn grows(journal: Arc<dyn Journal>) -> Checked {
    let mut deployment = Driven::new(journal).await?;
    let mut epochs = vec![0];
    for number in 1..6 {
        // With and without something written, with and without a release.
        if number % 2 == 0 {
            deployment.journal.release(&deployment.lease).await?;
            let state = deployment.journal.lease(&deployment.id).await?;
            hold(state.is_some_and(|state| state.released), "a release does not show")?;
        }
        let next = deployment.taken_over("next").await?;
        hold(next.lease.epoch > deployment.lease.epoch, format!("{} follows {}", next.lease.epoch, deployment.lease.epoch))?;
        deployment = next.taken_over("the one after").await?;
        hold(deployment.lease.epoch > next.lease.epoch, format!("{} follows {}", deployment.lease.epoch, next.lease.epoch))?;
        deployment.append(number).await?;
        epochs.push(deployment.lease.epoch);
    }
    deployment.has(&epochs).await
}

async fn fenced(journal: Arc<dyn Journal>) -> Checked {
    let old = Driven::new(journal).await?;
    old.append(1).await?;
    let new = old.taken_over("second").await?;
    refused("an append under the old epoch", old.append(2).await, &[ErrorKind::Fenced])?;
    new.append(2).await?;
    refused("an append under the old epoch, after the new one's", old.append(3).await, &[ErrorKind::Fenced])?;
    let lazy = old.journal.append(&old.lease, 3, time(3), &record(3), Durability::Lazy).await;
    refused("a lazy append under the old epoch", lazy, &[ErrorKind::Fenced])?;
    new.append(3).await?;
    new.has(&[0, old.lease.epoch, new.lease.epoch, new.lease.epoch]).await
}

async fn stale_renewal(journal: Arc<dyn Journal>) -> Checked {
    let old = Driven::new(journal).await?;
    let new = old.taken_over("second").await?;
    let before = new.journal.lease(&new.id).await?;
    refused("a renewal under the old epoch", old.journal.renew(&old.lease).await, &[ErrorKind::Fenced])?;
    let after = new.journal.lease(&new.id).await?;
    hold(before == after, format!("it changed {before:?} to {after:?}"))
}

async fn invented(journal: Arc<dyn Journal>) -> Checked {
    let id = created(&journal).await?;
    let invented = Lease { deployment: id, epoch: 0, time_to_live: TTL };
    let append = journal.append(&invented, 1, time(1), &record(1), Durability::Synced).await;
    refused("an append under epoch 0", append, &[ErrorKind::Fenced])?;
    let deployment = Driven::new(journal).await?;
    for epoch in [0, deployment.lease.epoch + 1, u64::MAX] {
        let lease = Lease { epoch, ..deployment.lease.clone() };
        let invented = Driven { lease, ..deployment.clone() };
        refused(&format!("an append under epoch {epoch}"), invented.append(1).await, &[ErrorKind::Fenced])?;
        refused(&format!("a renewal under epoch {epoch}"), invented.journal.renew(&invented.lease).await, &[ErrorKind::Fenced])?;
    }
    deployment.has(&[0]).await
}

async fn released(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    deployment.journal.release(&deployment.lease).await?;
    refused("an append", deployment.append(1).await, &[ErrorKind::Fenced])?;
    refused("a renewal", deployment.journal.renew(&deployment.lease).await, &[ErrorKind::Fenced])?;
    deployment.journal.release(&deployment.lease).await?;
    deployment.has(&[0]).await
}

async fn stale_release(journal: Arc<dyn Journal>) -> Checked {
    let old = Driven::new(journal).await?;
    let new = old.taken_over("second").await?;
    old.journal.release(&old.lease).await?;
    let state = new.journal.lease(&new.id).await?;
    hold(state.as_ref().is_some_and(|state| !state.released), format!("it shows {state:?}"))?;
    new.append(1).await?;
    Ok(())
}

async fn fence_first(journal: Arc<dyn Journal>) -> Checked {
    let old = Driven::new(journal).await?;
    let new = old.taken_over("second").await?;
    new.append(1).await?;
    // A stale writer is behind: it must learn that it is stale, and not read on and try again.
    refused("a stale append that is also behind", old.append(1).await, &[ErrorKind::Fenced])?;
    Ok(())
}
