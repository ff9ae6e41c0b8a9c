//! A journal that ends with the process.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use super::{Durability, Entry, Journal, Lease, LeaseState, refusal};
use crate::{
    engine::Record,
    error::Result,
    id::{DeploymentId, EnvironmentName, ServiceName, SignalId},
    signal::Signalled,
    time::Timestamp,
};

/// Keeps deployments in memory: for tests, for simulations, and where losing the history with the process does not matter.
///
/// A clone is the same journal. It keeps the whole [`Journal`] contract but for surviving a power cut.
///
/// ```
/// use deployment_core::journal::{Journal, MemoryJournal};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// let journal = MemoryJournal::new();
/// let same = journal.clone();
/// assert_eq!(journal.list().await?, same.list().await?);
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct MemoryJournal(Arc<Mutex<Store>>);

#[derive(Debug, Default)]
struct Store {
    chains: BTreeMap<DeploymentId, Chain>,
    claims: BTreeMap<(ServiceName, EnvironmentName), DeploymentId>,
    fence: Fence,
}

/// Whether writers are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Fence {
    #[default]
    Kept,
    #[cfg(feature = "testkit")]
    Down,
}

#[derive(Debug, Default)]
struct Chain {
    entries: Vec<Entry>,
    lease: Option<LeaseState>,
    inbox: BTreeMap<SignalId, Signalled>,
    cursors: BTreeMap<String, u64>,
}

impl Chain {
    /// The lease, if `lease` is the one that may write.
    fn held(&mut self, operation: &'static str, lease: &Lease, fence: Fence) -> Result<&mut LeaseState> {
        let Some(state) = &mut self.lease else { return Err(refusal::fenced(operation, lease, None)) };
        let holds = state.epoch == lease.epoch && !state.released;
        if holds || fence != Fence::Kept { Ok(state) } else { Err(refusal::fenced(operation, lease, Some(state))) }
    }
}

impl Store {
    fn chain(&mut self, operation: &'static str, deployment: &DeploymentId) -> Result<&mut Chain> {
        self.chains.get_mut(deployment).ok_or_else(|| refusal::no_such(operation, deployment))
    }
}

impl MemoryJournal {
    /// An empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A journal without a fence: it takes every entry and renewal, whoever holds the lease. To show that tests notice.
    #[cfg(feature = "testkit")]
    #[must_use]
    pub fn unfenced() -> Self {
        Self(Arc::new(Mutex::new(Store { fence: Fence::Down, ..Store::default() })))
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // Nothing in here panics half way through a change, so what a panicking thread left is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryJournal").field("deployments", &self.store().chains.len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn create(&self, deployment: &DeploymentId, at: Timestamp, first: &Record) -> Result<()> {
        let mut store = self.store();
        if store.chains.contains_key(deployment) {
            return Err(refusal::exists(deployment));
        }
        let entries = vec![Entry { sequence: 0, epoch: 0, at, record: first.clone() }];
        store.chains.insert(deployment.clone(), Chain { entries, ..Chain::default() });
        Ok(())
    }

    async fn append(&self, lease: &Lease, sequence: u64, at: Timestamp, record: &Record, _: Durability) -> Result<()> {
        let mut store = self.store();
        let fence = store.fence;
        let chain = store.chain("append", &lease.deployment)?;
        chain.held("append", lease, fence)?;
        let next = chain.entries.len() as u64;
        if sequence != next && fence == Fence::Kept {
            return Err(refusal::out_of_order(&lease.deployment, sequence, next));
        }
        chain.entries.push(Entry { sequence, epoch: lease.epoch, at, record: record.clone() });
        Ok(())
    }

    async fn read(&self, deployment: &DeploymentId, from: u64) -> Result<Vec<Entry>> {
        let mut store = self.store();
        let entries = &store.chain("read", deployment)?.entries;
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(entries.get(from..).unwrap_or_default().to_vec())
    }

    async fn list(&self) -> Result<Vec<DeploymentId>> {
        Ok(self.store().chains.keys().cloned().collect())
    }

    async fn remove(&self, deployment: &DeploymentId) -> Result<()> {
        let mut store = self.store();
        store.claims.retain(|_, holder| holder != deployment);
        store.chains.remove(deployment);
        Ok(())
    }

    async fn post(&self, deployment: &DeploymentId, signal: &Signalled) -> Result<()> {
        let mut store = self.store();
        store.chain("post", deployment)?.inbox.entry(signal.id.clone()).or_insert_with(|| signal.clone());
        Ok(())
    }

    async fn inbox(&self, deployment: &DeploymentId) -> Result<Vec<Signalled>> {
        Ok(self.store().chains.get(deployment).map(|chain| chain.inbox.values().cloned().collect()).unwrap_or_default())
    }

    async fn acknowledge(&self, deployment: &DeploymentId, signal: &SignalId) -> Result<()> {
        if let Some(chain) = self.store().chains.get_mut(deployment) {
            chain.inbox.remove(signal);
        }
        Ok(())
    }

    async fn claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        let mut store = self.store();
        let holder = store.claims.entry((service.clone(), environment.clone())).or_insert_with(|| deployment.clone());
        if holder == deployment { Ok(()) } else { Err(refusal::claimed(service, environment, holder)) }
    }

    async fn claimant(&self, service: &ServiceName, environment: &EnvironmentName) -> Result<Option<DeploymentId>> {
        Ok(self.store().claims.get(&(service.clone(), environment.clone())).cloned())
    }

    async fn release_claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        let key = (service.clone(), environment.clone());
        let mut store = self.store();
        if store.claims.get(&key) == Some(deployment) {
            store.claims.remove(&key);
        }
        Ok(())
    }

    async fn lease(&self, deployment: &DeploymentId) -> Result<Option<LeaseState>> {
        Ok(self.store().chains.get(deployment).and_then(|chain| chain.lease.clone()))
    }

    async fn acquire(&self, deployment: &DeploymentId, seen: Option<&LeaseState>, holder: &str, time_to_live: Duration) -> Result<Lease> {
        let mut store = self.store();
        let chain = store.chain("acquire", deployment)?;
        if chain.lease.as_ref() != seen {
            return Err(refusal::lease_moved(deployment, chain.lease.as_ref()));
        }
        let epoch = chain.lease.as_ref().map_or(0, |state| state.epoch) + 1;
        chain.lease = Some(LeaseState { epoch, holder: holder.to_owned(), renewals: 0, time_to_live, released: false });
        Ok(Lease { deployment: deployment.clone(), epoch, time_to_live })
    }

    async fn renew(&self, lease: &Lease) -> Result<()> {
        let mut store = self.store();
        let fence = store.fence;
        store.chain("renew", &lease.deployment)?.held("renew", lease, fence)?.renewals += 1;
        Ok(())
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        if let Some(chain) = self.store().chains.get_mut(&lease.deployment)
            && let Ok(state) = chain.held("release", lease, Fence::Kept)
        {
            state.released = true;
        }
        Ok(())
    }

    async fn cursor(&self, deployment: &DeploymentId, reader: &str) -> Result<u64> {
        Ok(self.store().chains.get(deployment).and_then(|chain| chain.cursors.get(reader).copied()).unwrap_or(0))
    }

    async fn set_cursor(&self, deployment: &DeploymentId, reader: &str, next: u64) -> Result<()> {
        self.store().chain("set cursor", deployment)?.cursors.insert(reader.to_owned(), next);
        Ok(())
    }
}
