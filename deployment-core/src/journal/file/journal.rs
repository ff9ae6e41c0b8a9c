//! The [`FileJournal`] itself: every operation on a thread that may block.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::{
    append::{self, Draft},
    claim, inbox, lease, read,
    read::Verified,
    store::Store,
};
use crate::{
    engine::Record,
    error::{Error, ErrorKind, Result},
    id::{DeploymentId, EnvironmentName, ServiceName, SignalId},
    journal::{Durability, Entry, Journal, Lease, LeaseState},
    signal::Signalled,
    time::Timestamp,
};

/// How many operations of one journal touch the disk at a time. Each has at most three files open, so that thousands of deployments in
/// one process stay far below the usual limit of 1024; more would not make a disk faster.
const AT_A_TIME: usize = 64;

/// Keeps deployments in files below one directory, on one machine, for any number of processes.
///
/// The chain of a deployment is `deployments/ID/journal.jsonl`: one line of JSON per entry, which a person can read with `cat`. The layout, and
/// the form of a line to the byte, are described in [`journal::file`](crate::journal::file).
///
/// - A synced append has called `fdatasync` when it returns; what is created has had its directories synced.
/// - Writers are fenced by a lock on the chain's file, under which the lease's epoch is read before anything is written.
/// - After a failed write or sync this object appends no more to that deployment; see to the disk and open the journal again.
/// - Network file systems are refused. A clone is the same journal.
///
/// ```
/// use deployment_core::journal::{FileJournal, Journal};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// # let directory = std::env::temp_dir().join(format!("journal-doc-{}", std::process::id()));
/// let journal = FileJournal::open(&directory)?;
/// assert!(journal.list().await?.is_empty());
/// # std::fs::remove_dir_all(directory).ok();
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct FileJournal {
    store: Arc<Store>,
    permits: Arc<Semaphore>,
}

impl FileJournal {
    /// Opens the journal in the directory `root`, and makes it if it is not there.
    ///
    /// # Errors
    /// [`Storage`](ErrorKind::Storage) if the directory cannot be made, read or written; [`Unsupported`](ErrorKind::Unsupported) if it is on
    /// a network file system.
    pub fn open(root: impl AsRef<Path>) -> Result<Self> {
        Ok(Self { store: Arc::new(Store::open(root.as_ref())?), permits: Arc::new(Semaphore::new(AT_A_TIME)) })
    }

    /// The journal's directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.store.layout.root()
    }

    /// The file that a deployment's chain is in, for a person to look at.
    #[must_use]
    pub fn path_of(&self, deployment: &DeploymentId) -> PathBuf {
        self.store.layout.chain(deployment)
    }

    /// Checks every line of a deployment's chain.
    ///
    /// # Errors
    /// As [`Journal::read`].
    pub async fn verify(&self, deployment: &DeploymentId) -> Result<Verified> {
        let deployment = deployment.clone();
        self.run("verify", move |store| read::verify(store, &deployment)).await
    }

    /// What makes this journal's writes and syncs fail.
    #[cfg(feature = "testkit")]
    #[must_use]
    pub fn faults(&self) -> Arc<super::FileFaults> {
        Arc::clone(&self.store.disk.faults)
    }

    /// Does `work` on a thread that may block. Once begun it runs to its end, also if the caller has gone.
    async fn run<T: Send + 'static>(&self, operation: &'static str, work: impl FnOnce(&Store) -> Result<T> + Send + 'static) -> Result<T> {
        let stopped = || Error::new(ErrorKind::Storage, operation, "the process is stopping; resume it later").in_doubt();
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| stopped())?;
        let store = Arc::clone(&self.store);
        let work = move || {
            let done = work(&store);
            drop(permit);
            done
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|cause| Err(stopped().because(cause)))
    }
}

impl fmt::Debug for FileJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileJournal").field(&self.root()).finish()
    }
}

#[async_trait]
impl Journal for FileJournal {
    async fn create(&self, deployment: &DeploymentId, at: Timestamp, first: &Record) -> Result<()> {
        let (deployment, draft) = (deployment.clone(), Draft::new("create", at, first)?);
        self.run("create", move |store| append::create(store, &deployment, &draft)).await
    }

    async fn append(&self, lease: &Lease, sequence: u64, at: Timestamp, record: &Record, durability: Durability) -> Result<()> {
        let (lease, draft) = (lease.clone(), Draft::new("append", at, record)?);
        self.run("append", move |store| append::append(store, &lease, sequence, &draft, durability)).await
    }

    async fn read(&self, deployment: &DeploymentId, from: u64) -> Result<Vec<Entry>> {
        let deployment = deployment.clone();
        self.run("read", move |store| read::read(store, &deployment, from)).await
    }

    async fn list(&self) -> Result<Vec<DeploymentId>> {
        self.run("list", Store::list).await
    }

    async fn remove(&self, deployment: &DeploymentId) -> Result<()> {
        let deployment = deployment.clone();
        self.run("remove", move |store| store.remove(&deployment)).await
    }

    async fn post(&self, deployment: &DeploymentId, signal: &Signalled) -> Result<()> {
        let (deployment, signal) = (deployment.clone(), signal.clone());
        self.run("post", move |store| inbox::post(store, &deployment, &signal)).await
    }

    async fn inbox(&self, deployment: &DeploymentId) -> Result<Vec<Signalled>> {
        let deployment = deployment.clone();
        self.run("inbox", move |store| inbox::list(store, &deployment)).await
    }

    async fn acknowledge(&self, deployment: &DeploymentId, signal: &SignalId) -> Result<()> {
        let (deployment, signal) = (deployment.clone(), signal.clone());
        self.run("acknowledge", move |store| inbox::acknowledge(store, &deployment, &signal)).await
    }

    async fn claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        let (service, environment, deployment) = (service.clone(), environment.clone(), deployment.clone());
        self.run("claim", move |store| claim::claim(store, &service, &environment, &deployment)).await
    }

    async fn claimant(&self, service: &ServiceName, environment: &EnvironmentName) -> Result<Option<DeploymentId>> {
        let (service, environment) = (service.clone(), environment.clone());
        self.run("claimant", move |store| claim::claimant(store, &service, &environment)).await
    }

    async fn release_claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
        let (service, environment, deployment) = (service.clone(), environment.clone(), deployment.clone());
        self.run("release claim", move |store| claim::release(store, &service, &environment, &deployment)).await
    }

    async fn lease(&self, deployment: &DeploymentId) -> Result<Option<LeaseState>> {
        let deployment = deployment.clone();
        self.run("lease", move |store| lease::look(store, &deployment)).await
    }

    async fn acquire(&self, deployment: &DeploymentId, seen: Option<&LeaseState>, holder: &str, time_to_live: Duration) -> Result<Lease> {
        let (deployment, seen, holder) = (deployment.clone(), seen.cloned(), holder.to_owned());
        self.run("acquire", move |store| lease::acquire(store, &deployment, seen.as_ref(), &holder, time_to_live)).await
    }

    async fn renew(&self, lease: &Lease) -> Result<()> {
        let lease = lease.clone();
        self.run("renew", move |store| lease::renew(store, &lease)).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        let lease = lease.clone();
        self.run("release", move |store| lease::release(store, &lease)).await
    }

    async fn cursor(&self, deployment: &DeploymentId, reader: &str) -> Result<u64> {
        let (deployment, reader) = (deployment.clone(), reader.to_owned());
        self.run("cursor", move |store| inbox::cursor(store, &deployment, &reader)).await
    }

    async fn set_cursor(&self, deployment: &DeploymentId, reader: &str, next: u64) -> Result<()> {
        let (deployment, reader) = (deployment.clone(), reader.to_owned());
        self.run("set cursor", move |store| inbox::set_cursor(store, &deployment, &reader, next)).await
    }
}
