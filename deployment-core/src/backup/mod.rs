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

/// Makes, verifies, restores and prunes backups of one store.
///
/// # Contract
/// - **Who implements:** whoever knows a database or a disk. **Who calls:** the runtime's backup steps and recovery drills.
/// - [`create`](BackupProvider::create) returns once accepted; the name is chosen by the caller and the same at every try: *already exists* is success.
/// - [`verify`](BackupProvider::verify) returns the level that was reached, never one that was not tested, and removes what it restored.
/// - [`prune`](BackupProvider::prune) never removes the newest verified backup.
///
/// ```
/// use deployment_core::backup::VerifyLevel;
///
/// assert!(VerifyLevel::Queried > VerifyLevel::Exists);
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
