//! Where a deployment's history, its inbox, its claim and its lease are kept: the [`Journal`] trait.

mod entry;
pub mod file;
mod memory;
pub mod refusal;
mod shared;

pub use entry::{Durability, Entry, Lease, LeaseState};
#[cfg(feature = "testkit")]
pub use file::{FileFaults, FileOperation};
pub use file::{FileJournal, Verified};
pub use memory::MemoryJournal;

use std::{fmt, time::Duration};

use async_trait::async_trait;

use crate::{
    engine::Record,
    error::Result,
    id::{DeploymentId, EnvironmentName, ServiceName, SignalId},
    signal::Signalled,
    time::Timestamp,
};

/// Keeps deployments: an append-only chain of records each, an inbox, a lease, a claim per service and environment, cursors.
///
/// # Contract
/// - **Who implements:** a store with a durable, ordered append. **Who calls:** the runtime; tools read and post signals.
/// - **Order:** an append names the sequence number that it will have; another number is refused with
///   [`ErrorKind::Conflict`](crate::ErrorKind::Conflict).
/// - **Fence:** an append or renewal under an epoch that is not the latest, or whose lease was released, is refused with
///   [`ErrorKind::Fenced`](crate::ErrorKind::Fenced), atomically with the append and whatever number it names. Epochs of a deployment only
///   grow, also over releases of the lease.
/// - **Durability:** when a [`Durability::Synced`] append returns, it and everything before it survives a power cut.
/// - **Truth:** damage is refused with [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt), never repaired in silence; only a torn end is cut. After
///   a failed append the deployment's chain is not appended to again by the same journal object.
/// - **Clock:** an implementation reads no clock. A lease is taken over by naming the [`LeaseState`] that was seen for long enough
///   without a change; the caller has measured that with its own clock.
/// - The suite `testkit::conformance::journal` checks all of this.
///
/// There is no `from_fn`: a store is more than closures. `Arc<dyn Journal>` is a journal too.
///
/// ```
/// use deployment_core::journal::{Journal, MemoryJournal};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// let journal = MemoryJournal::new();
/// assert!(journal.list().await?.is_empty());
/// # Ok(()) }
/// ```
#[async_trait]
pub trait Journal: fmt::Debug + Send + Sync + 'static {
    /// Begins a chain: `first` gets sequence number 0 and epoch 0. Durable on return, the directory entry included.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if the deployment exists.
    async fn create(&self, deployment: &DeploymentId, at: Timestamp, first: &Record) -> Result<()>;

    /// Appends `record` as number `sequence`.
    ///
    /// # Errors
    /// [`Fenced`](crate::ErrorKind::Fenced), [`Conflict`](crate::ErrorKind::Conflict), [`Corrupt`](crate::ErrorKind::Corrupt) or
    /// [`Storage`](crate::ErrorKind::Storage).
    async fn append(&self, lease: &Lease, sequence: u64, at: Timestamp, record: &Record, durability: Durability) -> Result<()>;

    /// The chain from sequence number `from` on.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), [`Corrupt`](crate::ErrorKind::Corrupt) with the offset of the damage,
    /// [`Incompatible`](crate::ErrorKind::Incompatible) for a newer format.
    async fn read(&self, deployment: &DeploymentId, from: u64) -> Result<Vec<Entry>>;

    /// Every deployment, by id.
    ///
    /// # Errors
    /// If the store cannot be read.
    async fn list(&self) -> Result<Vec<DeploymentId>>;

    /// Removes a deployment with everything that belongs to it, a claim that it still holds included. Used by retention; one that is gone already is a success.
    ///
    /// # Errors
    /// If the store cannot be written.
    async fn remove(&self, deployment: &DeploymentId) -> Result<()>;

    /// Puts a signal into the inbox. The same id again changes nothing.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such deployment.
    async fn post(&self, deployment: &DeploymentId, signal: &Signalled) -> Result<()>;

    /// What is in the inbox, by id; nothing if there is no such deployment.
    ///
    /// # Errors
    /// If the store cannot be read.
    async fn inbox(&self, deployment: &DeploymentId) -> Result<Vec<Signalled>>;

    /// Removes a signal from the inbox, once it is in the chain. One that is gone already is a success.
    ///
    /// # Errors
    /// If the store cannot be written.
    async fn acknowledge(&self, deployment: &DeploymentId, signal: &SignalId) -> Result<()>;

    /// Makes `deployment` the one active deployment of a service in an environment. Durable; again by the same deployment, it changes nothing.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if another one holds the claim; the message names it, see [`Journal::claimant`].
    async fn claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()>;

    /// The deployment that holds the claim.
    ///
    /// # Errors
    /// If the store cannot be read.
    async fn claimant(&self, service: &ServiceName, environment: &EnvironmentName) -> Result<Option<DeploymentId>>;

    /// Gives the claim up, if `deployment` holds it.
    ///
    /// # Errors
    /// If the store cannot be written.
    async fn release_claim(&self, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()>;

    /// The lease as it stands; `None` if nobody ever had it or there is no such deployment.
    ///
    /// # Errors
    /// If the store cannot be read.
    async fn lease(&self, deployment: &DeploymentId) -> Result<Option<LeaseState>>;

    /// Takes the lease with the next epoch, if it still stands as `seen`.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if it does not: somebody else was faster, or renewed it.
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such deployment.
    async fn acquire(&self, deployment: &DeploymentId, seen: Option<&LeaseState>, holder: &str, time_to_live: Duration) -> Result<Lease>;

    /// Shows that the holder is alive.
    ///
    /// # Errors
    /// [`Fenced`](crate::ErrorKind::Fenced) if somebody else has taken it.
    async fn renew(&self, lease: &Lease) -> Result<()>;

    /// Gives the lease up, so that the next taker need not wait. Nothing happens if it was lost.
    ///
    /// # Errors
    /// If the store cannot be written.
    async fn release(&self, lease: &Lease) -> Result<()>;

    /// How many events `reader` has had delivered: the sequence number of the next one. 0 for a reader that never set it.
    ///
    /// # Errors
    /// If the store cannot be read.
    async fn cursor(&self, deployment: &DeploymentId, reader: &str) -> Result<u64>;

    /// Sets what [`Journal::cursor`] says. After a power cut it may say less, never more: delivery is at least once.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such deployment.
    async fn set_cursor(&self, deployment: &DeploymentId, reader: &str, next: u64) -> Result<()>;
}
