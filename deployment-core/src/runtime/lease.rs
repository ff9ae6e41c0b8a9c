//! Taking a deployment's lease, and keeping it.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep},
};

use super::orchestrator::Shared;
use crate::{
    error::{Error, ErrorKind, Result},
    id::DeploymentId,
    journal::{Lease, LeaseState},
};

/// Takes the lease. One that was not given up must stand still for its time to live, and then for the longest call to a target that its
/// holder may have left under way, measured by this process's own clock; longer calls are the engine's to wait for. `None` if a stop was requested meanwhile.
pub(super) async fn take(shared: &Shared, id: &DeploymentId, stop: &mut watch::Receiver<bool>) -> Result<Option<Lease>> {
    let journal = &shared.journal;
    let seen = journal.lease(id).await?;
    if let Some(held) = seen.as_ref().filter(|held| !held.released) {
        let wait = held.time_to_live + shared.options.call_timeout;
        tokio::select! {
            free = stands_still(shared, id, held, wait) => free?,
            Ok(_) = stop.wait_for(|stop| *stop) => return Ok(None),
        }
    }
    journal.acquire(id, seen.as_ref(), &shared.holder, shared.options.time_to_live).await.map(Some)
}

async fn stands_still(shared: &Shared, id: &DeploymentId, held: &LeaseState, wait: Duration) -> Result<()> {
    let until = Instant::now() + wait;
    while Instant::now() < until {
        sleep((held.time_to_live / 3).min(until - Instant::now()).max(Duration::from_millis(1))).await;
        match shared.journal.lease(id).await? {
            Some(now) if now == *held => {}
            Some(now) if now.released => return Ok(()),
            _ => {
                let message = format!("{} drives it; stop that process, or wait until it has ended", held.holder);
                return Err(Error::new(ErrorKind::Conflict, "take lease", message).with("deployment", id));
            }
        }
    }
    Ok(())
}

/// Renews a lease every third of its time to live, in a task of its own, until it is dropped.
#[derive(Debug)]
pub(super) struct Keeper {
    lost: watch::Receiver<bool>,
    _task: JoinSet<()>,
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, lease: Lease) -> Self {
        let (tell, lost) = watch::channel(false);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut renewed = Instant::now();
            loop {
                sleep(lease.time_to_live / 3).await;
                let limit = lease.time_to_live.saturating_sub(renewed.elapsed());
                match tokio::time::timeout(limit, shared.journal.renew(&lease)).await {
                    Ok(Ok(())) => renewed = Instant::now(),
                    Ok(Err(error)) if error.kind() != ErrorKind::Fenced && renewed.elapsed() < lease.time_to_live => {}
                    _ => {
                        tell.send_replace(true);
                        return;
                    }
                }
            }
        });
        Self { lost, _task: task }
    }

    /// Ends when the lease is lost.
    pub(super) async fn lost(&mut self) {
        // The sender lives as long as the task, and the task until the lease is lost.
        let _ = self.lost.wait_for(|lost| *lost).await;
    }
}
