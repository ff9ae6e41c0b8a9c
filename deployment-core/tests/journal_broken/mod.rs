//! A journal with one defect, to see that the conformance suite notices it.

use std::time::Duration;

use async_trait::async_trait;
use deployment_core::{
    DeploymentId, EnvironmentName, Error, ErrorKind, Result, ServiceName, SignalId, Timestamp,
    engine::Record,
    journal::{Durability, Entry, Journal, Lease, LeaseState, MemoryJournal},
    signal::Signalled,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    CreateOverwrites,
    AnyNumberIsTaken,
    StaleAppendIsTaken,
    OrderBeforeFence,
    LazyIsLost,
    TimeIsRounded,
    PlanIsReformatted,
    ReadsFromTheBeginning,
    AbsentIsEmpty,
    IdsAreCutShort,
    ListIsUnordered,
    ListForgets,
    RemoveKeepsEverything,
    RemoveTwiceFails,
    LeaseIsTakenUnseen,
    StaleRenewalIsTaken,
    RenewalIsInvisible,
    AnyoneReleases,
    ReleaseIsForgotten,
    InboxIsUnordered,
    SignalIsOverwritten,
    AcknowledgeTwiceFails,
    ClaimIsStolen,
    ClaimAgainFails,
    ClaimConflictIsNameless,
    AnyoneReleasesClaims,
    CursorsAreShared,
    CursorsOnlyGrow,
}

pub(crate) const DEFECTS: [Defect; 28] = [
    Defect::CreateOverwrites,
    Defect::AnyNumberIsTaken,
    Defect::StaleAppendIsTaken,
    Defect::OrderBeforeFence,
    Defect::LazyIsLost,
    Defect::TimeIsRounded,
    Defect::PlanIsReformatted,
    Defect::ReadsFromTheBeginning,
    Defect::AbsentIsEmpty,
    Defect::IdsAreCutShort,
    Defect::ListIsUnordered,
    Defect::ListForgets,
    Defect::RemoveKeepsEverything,
    Defect::RemoveTwiceFails,
    Defect::LeaseIsTakenUnseen,
    Defect::StaleRenewalIsTaken,
    Defect::RenewalIsInvisible,
    Defect::AnyoneReleases,
    Defect::ReleaseIsForgotten,
    Defect::InboxIsUnordered,
    Defect::SignalIsOverwritten,
    Defect::AcknowledgeTwiceFails,
    Defect::ClaimIsStolen,
    Defect::ClaimAgainFails,
    Defect::ClaimConflictIsNameless,
    Defect::AnyoneReleasesClaims,
    Defect::CursorsAreShared,
    Defect::CursorsOnlyGrow,
];

#[derive(Debug)]
pub(crate) struct Broken {
    inner: MemoryJournal,
    defect: Defect,
}

impl Broken {
    pub(crate) fn new(defect: Defect) -> Self {
        Self { inner: MemoryJournal::new(), defect }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    fn id(&self, id: &DeploymentId) -> DeploymentId {
        let cut = self.has(Defect::IdsAreCutShort);
        if cut { DeploymentId::new(&id.as_str()[..id.as_str().len().min(37)]).unwrap() } else { id.clone() }
    }

    /// `lease` with the epoch that stands.
    async fn latest(&self, lease: &Lease) -> Result<Lease> {
        let epoch = self.inner.lease(&lease.deployment).await?.map_or(lease.epoch, |state| state.epoch);
        Ok(Lease { epoch, ..lease.clone() })
    }

    async fn next(&self, lease: &Lease) -> Result<u64> {
        Ok(self.inner.read(&lease.deployment, 0).await?.len() as u64)
    }
}

#[async_trait]
impl Journal for Broken {
    async fn create(&self, deployment: &DeploymentId, at: Timestamp, first: &Record) -> Result<()> {
        let id = self.id(deployment);
        if self.has(Defect::CreateOverwrites) {
            self.inner.remove(&id).await?;
        }
        let reformatted = match first {
            Record::Started { plan, hash, library } if self.has(Defect::PlanIsReformatted) => {
                let plan: serde_json::Value = serde_json::from_str(plan.get()).unwrap();
                Some(Record::Started {
                    plan: serde_json::value::to_raw_value(&plan).unwrap(),
                    hash: hash.clone(),
                    library: library.clone(),
                })
            }
            _ => None,
        };
        self.inner.create(&id, at, reformatted.as_ref().unwrap_or(first)).await
    }

    async fn append(&self, lease: &Lease, sequence: u64, at: Timestamp, record: &Record, durability: Durability) -> Result<()> {
        let at = if self.has(Defect::TimeIsRounded) { Timestamp::from_millis(at.as_millis() / 1000 * 1000) } else { at };
        match self.defect {
            Defect::AnyNumberIsTaken => self.inner.append(lease, self.next(lease).await?, at, record, durability).await,
            Defect::StaleAppendIsTaken => self.inner.append(&self.latest(lease).await?, sequence, at, record, durability).await,
            Defect::OrderBeforeFence if sequence != self.next(lease).await? => {
                Err(Error::new(ErrorKind::Conflict, "append", "out of order"))
            }
            Defect::LazyIsLost if durability == Durability::Lazy => Ok(()),
            _ => self.inner.append(lease, sequence, at, record, durability).await,
        }
    }

    async fn read(&self, deployment: &DeploymentId, from: u64) -> Result<Vec<Entry>> {
        let from = if self.has(Defect::ReadsFromTheBeginning) { 0 } else { from };
        let read = self.inner.read(&self.id(deployment), from).await;
        if self.has(Defect::AbsentIsEmpty) { Ok(read.unwrap_or_default()) } else { read }
    }

    async fn list(&self) -> Result<Vec<DeploymentId>> {
        let mut ids = self.inner.list().await?;
        if self.has(Defect::ListIsUnordered) {
            ids.reverse();
        }
        if self.has(Defect::ListForgets) {
            ids.pop();
        }
        Ok(ids)
    }

    async fn remove(&self, deployment: &DeploymentId) -> Result<()> {
        if self.has(Defect::RemoveKeepsEverything) {
            return Ok(());
        }
        if self.has(Defect::RemoveTwiceFails) {
            self.inner.read(deployment, 0).await?;
        }
        self.inner.remove(&self.id(deployment)).await
    }

    async fn post(&self, deployment: &DeploymentId, signal: &Signalled) -> Result<()> {
        if self.has(Defect::SignalIsOverwritten) {
            self.inner.acknowledge(deployment, &signal.id).await?;
        }
        self.inner.post(deployment, signal).await
    }

    async fn inbox(&self, deployment: &DeploymentId) -> Result<Vec<Signalled>> {
        let mut signals = self.inner.inbox(deployment).await?;
        if self.has(Defect::InboxIsUnordered) {
            signals.reverse();
        }
        Ok(signals)
    }

    async fn acknowledge(&self, deployment: &DeploymentId, signal: &SignalId) -> Result<()> {
        let there = self.inner.inbox(deployment).await?.iter().any(|posted| posted.id == *signal);
        if self.has(Defect::AcknowledgeTwiceFails) && !there {
            return Err(Error::new(ErrorKind::NotFound, "acknowledge", "it is gone"));
        }
        self.inner.acknowledge(deployment, signal).await
    }

    async fn claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        let holder = self.inner.claimant(service, environment).await?;
        match (self.defect, holder) {
            (Defect::ClaimIsStolen, Some(holder)) => self.inner.release_claim(service, environment, &holder).await?,
            (Defect::ClaimAgainFails, Some(_)) => return Err(Error::new(ErrorKind::Conflict, "claim", "it is claimed")),
            (Defect::ClaimConflictIsNameless, Some(holder)) if holder != *deployment => {
                return Err(Error::new(ErrorKind::Conflict, "claim", "it is claimed"));
            }
            _ => {}
        }
        self.inner.claim(service, environment, deployment).await
    }

    async fn claimant(&self, service: &ServiceName, environment: &EnvironmentName) -> Result<Option<DeploymentId>> {
        self.inner.claimant(service, environment).await
    }

    async fn release_claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        let holder = self.inner.claimant(service, environment).await?.filter(|_| self.has(Defect::AnyoneReleasesClaims));
        self.inner.release_claim(service, environment, holder.as_ref().unwrap_or(deployment)).await
    }

    async fn lease(&self, deployment: &DeploymentId) -> Result<Option<LeaseState>> {
        self.inner.lease(deployment).await
    }

    async fn acquire(&self, deployment: &DeploymentId, seen: Option<&LeaseState>, holder: &str, time_to_live: Duration) -> Result<Lease> {
        let now = self.inner.lease(deployment).await?;
        let seen = if self.has(Defect::LeaseIsTakenUnseen) { now.as_ref() } else { seen };
        self.inner.acquire(deployment, seen, holder, time_to_live).await
    }

    async fn renew(&self, lease: &Lease) -> Result<()> {
        match self.defect {
            Defect::StaleRenewalIsTaken => self.inner.renew(&self.latest(lease).await?).await,
            Defect::RenewalIsInvisible => Ok(()),
            _ => self.inner.renew(lease).await,
        }
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        match self.defect {
            Defect::AnyoneReleases => self.inner.release(&self.latest(lease).await?).await,
            Defect::ReleaseIsForgotten => Ok(()),
            _ => self.inner.release(lease).await,
        }
    }

    async fn cursor(&self, deployment: &DeploymentId, reader: &str) -> Result<u64> {
        self.inner.cursor(deployment, if self.has(Defect::CursorsAreShared) { "all" } else { reader }).await
    }

    async fn set_cursor(&self, deployment: &DeploymentId, reader: &str, next: u64) -> Result<()> {
        let reader = if self.has(Defect::CursorsAreShared) { "all" } else { reader };
        let least = if self.has(Defect::CursorsOnlyGrow) { self.inner.cursor(deployment, reader).await? } else { 0 };
        self.inner.set_cursor(deployment, reader, next.max(least)).await
    }
}
