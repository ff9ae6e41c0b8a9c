//! Who drives a deployment: `lease.json`, changed only under the lock of the chain.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use super::{
    disk::Keep,
    failure,
    locked::Locked,
    sealed::{self, Sealed},
    store::Store,
};
use crate::{
    error::{ErrorKind, Result},
    id::DeploymentId,
    journal::{Lease, LeaseState, refusal},
};

/// How long a lease is taken to live whose file cannot be read: what a taker-over has to wait.
const UNKNOWN_TIME_TO_LIVE: Duration = Duration::from_secs(60);

/// The time of modification that `lease.json` gets: one for each epoch, held or released. So an append need not read the file to see that
/// nothing about its lease has changed. Whole seconds, two apart: no file system keeps less.
pub(super) fn mark(epoch: u64, released: bool) -> Option<SystemTime> {
    let seconds = epoch.checked_mul(4)?.checked_add(if released { 2 } else { 0 })?;
    // Some time in 2001: in no danger to be a time at which somebody really wrote.
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1_000_000_000)).and_then(|base| base.checked_add(Duration::from_secs(seconds)))
}

/// Refuses an append under a lease that is not the one that stands.
pub(super) fn fence(store: &Store, lease: &Lease, chain: &Locked) -> Result<()> {
    let marked = fs::metadata(store.layout.lease(&lease.deployment)).and_then(|metadata| metadata.modified()).ok();
    if marked.is_some() && marked == mark(lease.epoch, false) {
        return Ok(());
    }
    check(store, "append", lease, chain).map(|_| ())
}

/// Refuses a lease that is not the one that stands.
fn check(store: &Store, operation: &'static str, lease: &Lease, chain: &Locked) -> Result<LeaseState> {
    match state(store, operation, &lease.deployment, chain)? {
        (Some(state), _) if state.epoch == lease.epoch && !state.released => Ok(state),
        (state, _) => Err(refusal::fenced(operation, lease, state.as_ref())),
    }
}

/// The lease as it stands. `None` if nobody ever had it, or there is no such deployment.
pub(super) fn look(store: &Store, deployment: &DeploymentId) -> Result<Option<LeaseState>> {
    let path = store.layout.lease(deployment);
    if let Sealed::Whole(state) = sealed::open("lease", &path)? {
        return Ok(Some(state));
    }
    match Locked::new(store, "lease", deployment) {
        Ok(chain) => state(store, "lease", deployment, &chain).map(|(state, _)| state),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes the lease, if it stands as `seen`.
pub(super) fn acquire(store: &Store, deployment: &DeploymentId, seen: Option<&LeaseState>, holder: &str, ttl: Duration) -> Result<Lease> {
    let chain = Locked::new(store, "acquire", deployment)?;
    let (now, whole) = state(store, "acquire", deployment, &chain)?;
    if now.as_ref() != seen {
        return Err(refusal::lease_moved(deployment, now.as_ref()));
    }
    let (tail, _) = chain.tail(store, "acquire", deployment)?;
    // Somebody may have held a lease that cannot be read and not have written yet: their epoch is skipped.
    let skipped = u64::from(!whole);
    let epoch = now.map_or(0, |state| state.epoch).max(tail.epoch) + skipped + 1;
    let state = LeaseState { epoch, holder: holder.to_owned(), renewals: 0, time_to_live: ttl, released: false };
    write(store, "acquire", deployment, &state, Keep::Durably)?;
    Ok(Lease { deployment: deployment.clone(), epoch, time_to_live: ttl })
}

/// Counts a renewal. Not synced: a power cut ends the holder too.
pub(super) fn renew(store: &Store, lease: &Lease) -> Result<()> {
    let chain = Locked::new(store, "renew", &lease.deployment)?;
    let mut state = check(store, "renew", lease, &chain)?;
    state.renewals += 1;
    write(store, "renew", &lease.deployment, &state, Keep::Loosely)
}

/// Gives the lease up, if it is still held.
pub(super) fn release(store: &Store, lease: &Lease) -> Result<()> {
    let held = Locked::new(store, "release", &lease.deployment)
        .and_then(|chain| check(store, "release", lease, &chain).map(|state| (chain, state)));
    store.tails.forget(&lease.deployment);
    store.kept.forget(&lease.deployment);
    match held {
        Ok((_chain, mut state)) => {
            state.released = true;
            write(store, "release", &lease.deployment, &state, Keep::Durably)
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Fenced) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The lease, and whether its file is as it should be. If it is not, the chain's last epoch is taken to be held by somebody.
fn state(store: &Store, operation: &'static str, deployment: &DeploymentId, chain: &Locked) -> Result<(Option<LeaseState>, bool)> {
    let damaged = match sealed::open(operation, &store.layout.lease(deployment))? {
        Sealed::Whole(state) => return Ok((Some(state), true)),
        Sealed::Damaged => true,
        Sealed::Absent => false,
    };
    let (tail, _) = chain.tail(store, operation, deployment)?;
    if !damaged && tail.epoch == 0 {
        return Ok((None, true));
    }
    let holder = "an unknown holder".to_owned();
    let state = LeaseState { epoch: tail.epoch, holder, renewals: 0, time_to_live: UNKNOWN_TIME_TO_LIVE, released: false };
    Ok((Some(state), false))
}

fn write(store: &Store, operation: &'static str, deployment: &DeploymentId, state: &LeaseState, keep: Keep) -> Result<()> {
    let (path, scratch) = (store.layout.lease(deployment), store.layout.new_scratch());
    let bytes = sealed::seal(operation, state)?;
    let mark = mark(state.epoch, state.released);
    store
        .disk
        .replace_marked(&scratch, &path, &bytes, keep, mark)
        .map_err(|cause| failure::storage(operation, "writing the lease", &path, cause))
}
