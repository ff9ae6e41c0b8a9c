//! The providers, and how they are set up.

use std::{fmt, marker::PhantomData, sync::Arc};

use aws_config::SdkConfig;
use aws_sdk_rds::Client;
use deployment_core::{
    Result,
    time::{Clock, SystemClock},
};

use super::{
    check::DatabaseCheck, cluster::Clusters, copies::Copies, destination::Destination, instance::Instances, names, placement::Placement,
    plane::Plane, tags::Tags,
};
use crate::client::settled;

/// Stands for instances in [`Snapshots`].
#[derive(Debug, Clone, Copy)]
pub enum Instance {}

/// Stands for clusters in [`Snapshots`].
#[derive(Debug, Clone, Copy)]
pub enum Cluster {}

/// Backups of one database by snapshots of RDS: of an instance ([`RdsSnapshot`]) or of a cluster ([`RdsClusterSnapshot`]).
///
/// Both are a [`BackupProvider`](deployment_core::backup::BackupProvider), and do the same with the same settings. Clones share nothing that
/// changes.
pub struct Snapshots<Of> {
    pub(super) plane: Arc<dyn Plane>,
    pub(super) region: Option<String>,
    pub(super) copies: Option<Copies>,
    pub(super) source: String,
    pub(super) unencrypted: Unencrypted,
    pub(super) tags: Tags,
    pub(super) trial: Placement,
    pub(super) restored: Placement,
    pub(super) check: Option<Arc<dyn DatabaseCheck>>,
    pub(super) clock: Arc<dyn Clock>,
    of: PhantomData<fn() -> Of>,
}

/// Backups of an instance of RDS. An instance of Aurora or DocumentDB belongs to a cluster: see [`RdsClusterSnapshot`].
pub type RdsSnapshot = Snapshots<Instance>;

/// Backups of a cluster of Aurora or DocumentDB. One of a Multi-AZ cluster can be made and verified up to `Complete`; restoring it, which takes
/// other calls, is not played by any test.
pub type RdsClusterSnapshot = Snapshots<Cluster>;

/// What is done with a database that is not encrypted, whose snapshots are not encrypted either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unencrypted {
    Refused,
    Allowed,
}

impl RdsSnapshot {
    /// Backups of the instance of this name.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if no instance can have this name.
    pub fn new(config: &SdkConfig, instance: &str) -> Result<Self> {
        Self::of(config, Arc::new(Instances(Client::new(&settled(config)))), instance)
    }
}

impl RdsClusterSnapshot {
    /// Backups of the cluster of this name.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if no cluster can have this name.
    pub fn new(config: &SdkConfig, cluster: &str) -> Result<Self> {
        Self::of(config, Arc::new(Clusters(Client::new(&settled(config)))), cluster)
    }
}

impl<Of> Snapshots<Of> {
    fn of(config: &SdkConfig, plane: Arc<dyn Plane>, source: &str) -> Result<Self> {
        Ok(Self {
            source: names::database(plane.kind(), source)?,
            plane,
            region: config.region().map(ToString::to_string),
            copies: None,
            unencrypted: Unencrypted::Refused,
            tags: Tags::new(),
            trial: Placement::new(),
            restored: Placement::new(),
            check: None,
            clock: Arc::new(SystemClock),
            of: PhantomData,
        })
    }

    /// Also makes backups of a database that is not encrypted. Without this they are refused.
    #[must_use]
    pub fn allow_unencrypted(mut self) -> Self {
        self.unencrypted = Unencrypted::Allowed;
        self
    }

    /// Has every backup copied to another region of the account. `verify`, at any level, makes the copy and returns once it is complete
    /// there: until then the backup does not count as verified, and a plan does not go on. Give the step a deadline that has room for it.
    ///
    /// The copy has the identifier and the tags of the original, and is verified as `Complete`. So [`RdsSnapshot::new`] with the other
    /// region's configuration lists, verifies, restores and prunes it; since the database is not there, say where by
    /// [`restored`](Self::restored) and [`trial`](Self::trial).
    ///
    /// `status` and `list` are about the originals. `prune` takes away old copies too, by the same retention but counted in their region,
    /// and returns each name once, whether the original went, the copy, or both; an original that is being copied stays. Said again, the
    /// region is another one.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if one of the configurations has no region, both have the same, AWS
    /// copies nothing between them (see [`Destination`]), or the key is empty or one of another region. That something encrypted has no key
    /// is said by the preflight and by `create`.
    pub fn copied_to(mut self, to: Destination) -> Result<Self> {
        let region = to.checked(self.region.as_deref())?;
        let plane = self.plane.at(Client::new(&settled(&to.config)));
        self.copies = Some(Copies { plane, region, to });
        Ok(self)
    }

    /// One more tag for every snapshot; those of the database are copied besides.
    #[must_use]
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// How the database is made that a verification restores and removes again.
    #[must_use]
    pub fn trial(mut self, placement: Placement) -> Self {
        self.trial = placement;
        self
    }

    /// How a database is made that is restored to stay.
    #[must_use]
    pub fn restored(mut self, placement: Placement) -> Self {
        self.restored = placement;
        self
    }

    /// What a restored database is asked at the level `Queried`, which is refused without it.
    #[must_use]
    pub fn queried_by(mut self, check: impl DatabaseCheck) -> Self {
        self.check = Some(Arc::new(check));
        self
    }

    /// Another clock, for tests: deadlines are compared with it.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

// Derived, it would ask `Of` to be `Clone`.
impl<Of> Clone for Snapshots<Of> {
    fn clone(&self) -> Self {
        Self {
            plane: Arc::clone(&self.plane),
            region: self.region.clone(),
            copies: self.copies.clone(),
            source: self.source.clone(),
            unencrypted: self.unencrypted,
            tags: self.tags.clone(),
            trial: self.trial.clone(),
            restored: self.restored.clone(),
            check: self.check.clone(),
            clock: Arc::clone(&self.clock),
            of: PhantomData,
        }
    }
}

impl<Of> fmt::Debug for Snapshots<Of> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshots").field("kind", &self.plane.kind()).field("source", &self.source).finish_non_exhaustive()
    }
}
