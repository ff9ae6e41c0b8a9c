//! A process that drives what nobody drives.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::{
    pin,
    sync::watch,
    task::{self, JoinError, JoinSet},
    time::{MissedTickBehavior, interval},
};

use super::{Ended, Orchestrator, Until};
use crate::{
    engine::{Outcome, State},
    error::{ErrorKind, Result},
    id::DeploymentId,
    journal::LeaseState,
};

/// How long between two looks at the journal, unless told otherwise.
const INTERVAL: Duration = Duration::from_secs(30);
/// How many deployments at once, unless told otherwise.
const AT_ONCE: usize = 256;

/// Drives the deployments of a journal that nobody drives, each to its end: those whose driver has died, those that were parked or started and
/// then left alone for an interval, and halted ones once somebody has said what to do. Ended ones stay as they are, and so does a halted one of
/// which nothing is said.
///
/// Run one in every process that may drive: the lease decides which of them does. A deployment whose plan names plugins that this process does
/// not have, or has otherwise, is left to another one.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use deployment_core::{Orchestrator, Plugins, Worker, journal::MemoryJournal};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let orchestrator = Orchestrator::builder(Arc::new(MemoryJournal::new()), Plugins::new()).holder("worker on host 3").build();
/// // A program waits for the signal to end instead.
/// let stop = tokio::time::sleep(Duration::from_secs(3_600));
/// Worker::new(orchestrator).every(Duration::from_secs(10)).run(stop).await;
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Worker {
    orchestrator: Orchestrator,
    interval: Duration,
    at_once: usize,
}

impl Worker {
    /// One that looks every 30 seconds and drives up to 256 deployments at once.
    #[must_use]
    pub fn new(orchestrator: Orchestrator) -> Self {
        Self { orchestrator, interval: INTERVAL, at_once: AT_ONCE }
    }

    /// How often it looks, and how long a deployment that was parked or only started is left to whoever did that. At least a second.
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval.max(Duration::from_secs(1));
        self
    }

    /// How many deployments it drives at once; others wait for their turn, or for another worker. At least one.
    #[must_use]
    pub fn at_once(mut self, deployments: usize) -> Self {
        self.at_once = deployments.max(1);
        self
    }

    /// Works until `stop` ends; then the deployments that it drives are parked at their next safe point, for the next driver to go on at once.
    ///
    /// What goes wrong with one deployment is logged and concerns no other one; if the journal cannot be reached, it is tried again with the
    /// next look. Dropping the future is like the death of the process.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (tell, stopped) = watch::channel(false);
        let mut ticks = interval(self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut rounds = Rounds::new(self, stopped);
        pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(done) = rounds.tasks.join_next_with_id(), if !rounds.tasks.is_empty() => rounds.ended(done),
                _ = ticks.tick() => {
                    if let Err(error) = rounds.look().await {
                        tracing::warn!(%error, "the journal cannot be listed; it is tried again");
                    }
                }
            }
        }
        tell.send_replace(true);
        while let Some(done) = rounds.tasks.join_next_with_id().await {
            rounds.ended(done);
        }
    }
}

/// What a worker knows from one look to the next.
struct Rounds {
    worker: Worker,
    stopped: watch::Receiver<bool>,
    tasks: JoinSet<Result<Ended>>,
    driven: HashMap<task::Id, DeploymentId>,
    finished: HashSet<DeploymentId>,
    /// Leases that were held at the last look: one that still stands so may be a dead driver's.
    held: HashMap<DeploymentId, LeaseState>,
    /// Deployments of other plugins, and how long their chains were.
    others: HashMap<DeploymentId, u64>,
}

impl Rounds {
    fn new(worker: Worker, stopped: watch::Receiver<bool>) -> Self {
        let (driven, finished, held, others) = Default::default();
        Self { worker, stopped, tasks: JoinSet::new(), driven, finished, held, others }
    }

    async fn look(&mut self) -> Result<()> {
        let listed = self.worker.orchestrator.0.journal.list().await?;
        let present: HashSet<_> = listed.iter().cloned().collect();
        self.finished.retain(|id| present.contains(id));
        self.held.retain(|id, _| present.contains(id));
        self.others.retain(|id, _| present.contains(id));
        for id in listed {
            if self.tasks.len() >= self.worker.at_once {
                return Ok(());
            }
            if self.finished.contains(&id) || self.driven.values().any(|driven| *driven == id) {
                continue;
            }
            match self.is_left_alone(&id).await {
                Ok(true) => self.take(id),
                Ok(false) => {}
                Err(error) => tracing::warn!(deployment = %id, %error, "a deployment cannot be looked at"),
            }
        }
        Ok(())
    }

    /// Whether nobody drives it who should, as far as can be told without waiting. The lease decides in the end.
    async fn is_left_alone(&mut self, id: &DeploymentId) -> Result<bool> {
        let shared = Arc::clone(&self.worker.orchestrator.0);
        let held = shared.journal.lease(id).await?.filter(|lease| !lease.released);
        if let Some(held) = &held
            && self.held.insert(id.clone(), held.clone()).as_ref() != Some(held)
        {
            return Ok(false);
        }
        let state = match self.worker.orchestrator.state(id).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            state => state?,
        };
        if state.outcome().is_some() {
            // Whoever ended it may have died before its claim was given up.
            if held.is_none() {
                self.finished.insert(id.clone());
            }
            return Ok(held.is_some());
        }
        if !self.is_ours(&state) {
            return Ok(false);
        }
        let rested = shared.clock.now().since(state.last_record()) >= self.worker.interval;
        let waits_for_nobody = held.is_some() || (rested && state.halted().is_none());
        Ok(waits_for_nobody || !shared.journal.inbox(id).await?.is_empty())
    }

    fn is_ours(&mut self, state: &State) -> bool {
        let Err(error) = state.plan().check_plugins(&self.worker.orchestrator.0.plugins) else { return true };
        if self.others.insert(state.deployment().clone(), state.sequence()) != Some(state.sequence()) {
            tracing::info!(deployment = %state.deployment(), %error, "a deployment is left to a process that has its plugins");
        }
        false
    }

    fn take(&mut self, id: DeploymentId) {
        tracing::info!(deployment = %id, "a deployment that nobody drives is taken up");
        let (orchestrator, stop, driven) = (self.worker.orchestrator.clone(), self.stopped.clone(), id.clone());
        let task = self.tasks.spawn(async move { orchestrator.drive_until(&driven, Until::End, stop).await });
        self.driven.insert(task.id(), id);
    }

    fn ended(&mut self, done: std::result::Result<(task::Id, Result<Ended>), JoinError>) {
        let (task, ended) = match done {
            Ok((task, ended)) => (task, Ok(ended)),
            Err(error) => (error.id(), Err(error)),
        };
        let Some(deployment) = self.driven.remove(&task) else { return };
        match ended {
            Ok(Ok(Ended::Outcome(Outcome::Halted { reason }))) => tracing::warn!(%deployment, %reason, "a deployment waits for a person"),
            Ok(Ok(ended)) => {
                if ended.outcome().is_some() {
                    self.finished.insert(deployment.clone());
                }
                tracing::info!(%deployment, ?ended, "a deployment is left");
            }
            // Another process was faster, or lives.
            Ok(Err(error)) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Fenced) => {
                tracing::debug!(%deployment, %error, "another process drives it");
            }
            Ok(Err(error)) => tracing::warn!(%deployment, %error, "a deployment could not be driven; it is tried again"),
            Err(error) => tracing::error!(%deployment, %error, "driving has panicked; it is tried again"),
        }
    }
}
