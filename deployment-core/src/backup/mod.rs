//! Backups: the [`BackupProvider`] trait, and how a plan's step makes one.

mod step;

pub use step::name_of;
pub(crate) use step::take;

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{context::EffectContext, error::Result, time::Timestamp};

/// How well a backup has been verified; each level includes the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifyLevel {
    /// It is there.
    Exists,
    /// It is complete: finished, of plausible size, its checksum right.
    Complete,
    /// It was restored somewhere.
    Restored,
    /// What was restored was queried and answered as it should.
    Queried,
}

impl fmt::Display for VerifyLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exists => "it exists",
            Self::Complete => "complete",
            Self::Restored => "restored",
            Self::Queried => "restored and queried",
        })
    }
}

/// How far a backup is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupState {
    /// There is none of this name.
    Absent,
    /// It is being made.
    InProgress,
    /// It is complete.
    Complete,
    /// It failed.
    Failed {
        /// Why, in words.
        reason: String,
    },
}

/// One backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Its name, unique at the provider.
    pub name: String,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// How well it has been verified, if at all.
    pub verified: Option<VerifyLevel>,
    /// Its size in bytes, if known.
    pub bytes: Option<u64>,
}

/// Which backups to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Remove what was taken before this.
    pub before: Timestamp,
    /// But always keep at least this many.
    pub keep_at_least: usize,
}

impl Retention {
    /// Those of `backups`, which are listed oldest first, that go: never the newest verified one.
    #[must_use]
    pub fn removes(&self, backups: &[Backup]) -> Vec<Backup> {
        let newest_verified = backups.iter().rposition(|backup| backup.verified.is_some());
        let old = backups.iter().enumerate().filter(|(index, backup)| backup.taken_at < self.before && Some(*index) != newest_verified);
        let removable = backups.len().saturating_sub(self.keep_at_least);
        old.map(|(_, backup)| backup.clone()).take(removable).collect()
    }
}

/// Makes, verifies, restores and prunes backups of one store.
///
/// # Contract
/// - **Who implements:** whoever knows a database or a disk. **Who calls:** the runtime, in the backup steps of a plan
///   ([`PlanBuilder::backup`](crate::plan::PlanBuilder::backup)); people and programs that restore and prune.
/// - [`create`](BackupProvider::create) returns once accepted; the name is chosen by the caller ([`name_of`] for a plan's step) and the same at every
///   try: *already exists* is success.
/// - `create` and `verify` end by the deadline of their context, and so does what they have started elsewhere, but for the backup itself: until
///   then a process that takes over from a dead one does not ask for the same backup again, and from then on it does.
/// - [`verify`](BackupProvider::verify) returns the level that was reached, never one that was not tested, and removes what it restored.
/// - [`list`](BackupProvider::list) shows every backup with the highest level at which it was verified.
/// - [`prune`](BackupProvider::prune) never removes the newest verified backup.
/// - The suite in `testkit::conformance::backup` checks all of this.
///
/// There is no `from_fn`: six methods that must agree about one store are clearer as a type. Backups of one file, as copies in a directory:
/// ```
/// use std::{fs, path::PathBuf, sync::Mutex, time::Duration};
/// use async_trait::async_trait;
/// use deployment_core::{
///     Actor, EffectContext, Ended, EnvironmentName, Error, ErrorKind, Orchestrator, Plan, Plugins, Result, Until,
///     backup::{Backup, BackupProvider, BackupState, Retention, VerifyLevel, name_of},
///     engine::Outcome, journal::MemoryJournal, memory::MemoryTarget, plan::Capacity, strategy::BlueGreen,
///     testkit::{assert_none, conformance, sample},
///     time::{Clock, SystemClock},
/// };
///
/// #[derive(Debug)]
/// struct Copies {
///     file: PathBuf,
///     directory: PathBuf,
///     // Oldest first. A real one keeps this beside the copies.
///     made: Mutex<Vec<Backup>>,
/// }
///
/// fn io(error: std::io::Error) -> Error {
///     Error::new(ErrorKind::Storage, "back up", "the disk refuses").because(error)
/// }
///
/// impl Copies {
///     fn copy(&self, name: &str) -> PathBuf { self.directory.join(name) }
///     fn made(&self) -> std::sync::MutexGuard<'_, Vec<Backup>> { self.made.lock().unwrap() }
/// }
///
/// #[async_trait]
/// impl BackupProvider for Copies {
///     fn describe(&self) -> String { format!("copies of {} in {}", self.file.display(), self.directory.display()) }
///
///     async fn create(&self, _: &EffectContext, name: &str) -> Result<()> {
///         if self.copy(name).exists() { return Ok(()) }
///         // Whole or not at all, whenever the machine stops.
///         let unfinished = self.directory.join(format!("{name}.unfinished"));
///         let bytes = fs::copy(&self.file, &unfinished).map_err(io)?;
///         fs::rename(&unfinished, self.copy(name)).map_err(io)?;
///         self.made().push(Backup { name: name.into(), taken_at: SystemClock.now(), verified: None, bytes: Some(bytes) });
///         Ok(())
///     }
///
///     async fn status(&self, name: &str) -> Result<BackupState> {
///         Ok(if self.copy(name).exists() { BackupState::Complete } else { BackupState::Absent })
///     }
///
///     async fn verify(&self, _: &EffectContext, name: &str, level: VerifyLevel) -> Result<VerifyLevel> {
///         if level > VerifyLevel::Complete {
///             return Err(Error::new(ErrorKind::Unsupported, "verify", "a copy of a file can only be complete"));
///         }
///         let size = fs::metadata(self.copy(name)).map_err(io)?.len();
///         let mut made = self.made();
///         match made.iter_mut().find(|backup| backup.name == name && backup.bytes == Some(size)) {
///             Some(backup) => { backup.verified = Some(VerifyLevel::Complete); Ok(VerifyLevel::Complete) }
///             None => Err(Error::new(ErrorKind::Failed, "verify", format!("the copy {name} has not the size of the file"))),
///         }
///     }
///
///     async fn restore(&self, _: &EffectContext, name: &str) -> Result<()> {
///         fs::copy(self.copy(name), &self.file).map(drop).map_err(io)
///     }
///
///     async fn list(&self) -> Result<Vec<Backup>> { Ok(self.made().clone()) }
///
///     async fn prune(&self, _: &EffectContext, retention: &Retention) -> Result<Vec<Backup>> {
///         let mut made = self.made();
///         let removed = retention.removes(&made);
///         for backup in &removed {
///             fs::remove_file(self.copy(&backup.name)).map_err(io)?;
///         }
///         made.retain(|backup| !removed.contains(backup));
///         Ok(removed)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
/// let place = tempfile::tempdir().unwrap();
/// let file = place.path().join("orders.db");
/// fs::write(&file, "every order").unwrap();
/// let copies = |directory: &str| {
///     let directory = place.path().join(directory);
///     fs::create_dir(&directory).unwrap();
///     Copies { file: file.clone(), directory, made: Mutex::default() }
/// };
/// assert_none(&conformance::backup::check(&copies("trial"), VerifyLevel::Complete, Duration::from_secs(5)).await);
///
/// // Before version 2.0 is deployed, the file is copied.
/// let target = MemoryTarget::builder().readiness(Duration::ZERO).build();
/// let plugins = Plugins::new().target("backend", target)?.backup("orders", copies("kept"))?;
/// let plan = Plan::builder(sample::release("2.0"), EnvironmentName::new("staging")?, Actor::new("ada")?)
///     .backup("orders")
///     .deploy("backend", Capacity::of(2), BlueGreen::new().grace(Duration::ZERO))
///     .build(&plugins)?;
/// let orchestrator = Orchestrator::builder(MemoryJournal::new(), plugins).build();
/// let id = orchestrator.start(&plan).await?;
/// assert_eq!(orchestrator.drive(&id, Until::End).await?, Ended::Outcome(Outcome::Succeeded));
/// let copy = place.path().join("kept").join(name_of(&id, &plan.steps[0].id));
/// assert_eq!(fs::read_to_string(copy).unwrap(), "every order");
/// # Ok(()) }
/// ```
#[async_trait]
pub trait BackupProvider: fmt::Debug + Send + Sync + 'static {
    /// What it backs up and where to, without secrets.
    fn describe(&self) -> String;
    /// Starts the backup of this name.
    async fn create(&self, context: &EffectContext, name: &str) -> Result<()>;
    /// How far the backup of this name is.
    async fn status(&self, name: &str) -> Result<BackupState>;
    /// Verifies at least at `level`.
    async fn verify(&self, context: &EffectContext, name: &str, level: VerifyLevel) -> Result<VerifyLevel>;
    /// Brings back what the backup of this name holds.
    async fn restore(&self, context: &EffectContext, name: &str) -> Result<()>;
    /// Every backup, newest last.
    async fn list(&self) -> Result<Vec<Backup>>;
    /// Removes what the retention lets go; returns what was removed.
    async fn prune(&self, context: &EffectContext, retention: &Retention) -> Result<Vec<Backup>>;
}
