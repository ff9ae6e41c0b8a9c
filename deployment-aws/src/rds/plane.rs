//! The control plane as this module sees it: the same for an instance and for a cluster.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use aws_sdk_rds::Client;
use aws_smithy_types::DateTime;
use deployment_core::{Error, Result, Timestamp, backup::BackupState};

use super::{
    calls::Quota,
    destination::Destination,
    permissions::Allowed,
    placement::Placement,
    states::{self, Life},
    tags::{Purpose, Tags},
};

/// A snapshot.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    pub(super) identifier: String,
    pub(super) arn: String,
    pub(super) source: String,
    pub(super) engine: String,
    pub(super) version: Option<String>,
    pub(super) status: String,
    pub(super) percent: Option<i32>,
    pub(super) encrypted: bool,
    pub(super) taken_at: Option<Timestamp>,
    pub(super) bytes: Option<u64>,
    /// The storage that a database made from it has; of a cluster it is not known.
    pub(super) gibibytes: Option<i32>,
    /// The ARN of the snapshot that it was copied from.
    pub(super) copied_from: Option<String>,
    pub(super) tags: Tags,
}

impl Snapshot {
    pub(super) fn state(&self) -> BackupState {
        states::of_snapshot(&self.status, self.percent)
    }

    /// The region that it was copied from, if it is a copy.
    pub(super) fn origin(&self) -> Option<&str> {
        self.copied_from.as_deref()?.split(':').nth(3)
    }

    pub(super) fn is_failed(&self) -> bool {
        matches!(self.state(), BackupState::Failed { .. })
    }
}

/// A copy to be made of a snapshot of another region.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copying<'a> {
    pub(super) of: &'a Snapshot,
    /// The key of this region.
    pub(super) key: Option<&'a str>,
    pub(super) option_group: Option<&'a str>,
    pub(super) tags: &'a Tags,
}

/// What comes of asking for a copy.
#[derive(Debug)]
pub(super) enum Asked {
    Accepted,
    /// There are as many snapshots as the account may have, or as many copies under way: AWS says both by the same code.
    Full(Error),
}

/// A database: an instance, or a cluster.
#[derive(Debug, Clone)]
pub(super) struct Database {
    pub(super) identifier: String,
    pub(super) arn: String,
    /// The ARN of the key that it is encrypted with.
    pub(super) key: Option<String>,
    pub(super) status: String,
    pub(super) engine: String,
    pub(super) encrypted: bool,
    /// The cluster that an instance is a member of.
    pub(super) member_of: Option<String>,
    pub(super) endpoint: Option<(String, u16)>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) placement: Placement,
    pub(super) tags: Tags,
}

impl Database {
    pub(super) fn life(&self) -> Life {
        Life::of(&self.status)
    }
}

/// The point in time that a database is restored to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointInTime {
    /// The latest one that AWS can restore, usually some five minutes ago.
    Latest,
    /// This one, to the second.
    At(Timestamp),
}

/// What a database is made from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin<'a> {
    Snapshot(&'a Snapshot),
    Time { source: &'a str, when: PointInTime },
}

/// A database to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Making<'a> {
    pub(super) identifier: &'a str,
    pub(super) origin: Origin<'a>,
    pub(super) placement: &'a Placement,
    pub(super) tags: &'a Tags,
}

/// The calls of one kind of database. What is not there is `None`; to remove what is not there is success.
#[async_trait]
pub(super) trait Plane: fmt::Debug + Send + Sync + 'static {
    /// In words: `instance`, `cluster`.
    fn kind(&self) -> &'static str;
    /// The longest identifier of a snapshot.
    fn longest_snapshot(&self) -> usize;
    async fn snapshot(&self, identifier: &str) -> Result<Option<Snapshot>>;
    /// Those that somebody made, not AWS by its schedule: of this source, or all of the region.
    async fn snapshots(&self, source: Option<&str>) -> Result<Vec<Snapshot>>;
    async fn create_snapshot(&self, identifier: &str, source: &str, tags: &Tags) -> Result<()>;
    /// The same calls in another region.
    fn at(&self, client: Client) -> Arc<dyn Plane>;
    /// Begins a copy in this region, under the identifier that the original has in its own.
    async fn copy_snapshot(&self, copying: Copying<'_>) -> Result<Asked>;
    /// Why a database's snapshots can never be copied like this.
    fn cannot_copy(&self, database: &Database, to: &Destination) -> Option<&'static str>;
    /// What must be allowed here, and where copies are made.
    fn permissions(&self) -> (&'static [Allowed], &'static [Allowed]);
    /// How many copies may be under way to one region.
    fn copies_at_once(&self) -> usize;
    async fn delete_snapshot(&self, identifier: &str) -> Result<()>;
    /// Sets tags of a resource; the same again changes nothing.
    async fn tag(&self, arn: &str, tags: &Tags) -> Result<()>;
    async fn database(&self, identifier: &str) -> Result<Option<Database>>;
    async fn databases(&self) -> Result<Vec<Database>>;
    async fn make(&self, making: Making<'_>) -> Result<()>;
    /// Goes on to where a database can be queried, and says whether it is there. A restored cluster needs an instance for that.
    async fn open(&self, database: &Database, making: Making<'_>) -> Result<bool>;
    /// Why a database can never be queried with this placement.
    fn cannot_open(&self, placement: &Placement) -> Option<&'static str>;
    /// The account's quotas.
    async fn quotas(&self) -> Result<Vec<Quota>>;
    /// As the quotas name them: its snapshots, and the databases that a trial makes.
    fn counted_as(&self) -> (&'static str, &'static [&'static str]);
    /// Asks for its removal, with whatever belongs to it and was made for the same.
    async fn delete(&self, database: &Database, purpose: Purpose, source: &str) -> Result<()>;
}

pub(super) fn to_timestamp(time: &DateTime) -> Option<Timestamp> {
    u64::try_from(time.to_millis().ok()?).ok().map(Timestamp::from_millis)
}

pub(super) fn from_timestamp(time: Timestamp) -> DateTime {
    DateTime::from_secs(i64::try_from(time.as_millis() / 1_000).unwrap_or(i64::MAX))
}
