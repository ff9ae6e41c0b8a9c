//! Changes of a store's shape: the [`Migration`] trait, and how a plan's step applies one.

mod action;
mod closures;

pub(crate) use action::MigrationAction;
pub use closures::{MigrationFns, from_fns};

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{action::ActionStatus, context::EffectContext, error::Result};

/// When a migration may run, seen from the versions that use the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Adds what the new version needs; the old one does not mind. Before the traffic moves.
    Expand,
    /// Moves data. In between: before the traffic moves, unless the plan places it elsewhere.
    Data,
    /// Removes what only the old version needed. After it is gone.
    Contract,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expand => "expand",
            Self::Data => "data",
            Self::Contract => "contract",
        })
    }
}

/// Whether a migration can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reversibility {
    /// `revert` restores the old shape, without loss.
    Reversible,
    /// Once applied, only a backup brings the old data back.
    Irreversible,
}

/// One change of a store's shape.
///
/// # Contract
/// - **Who implements:** whoever knows a migration tool. **Who calls:** the runtime, in the migration steps of a plan
///   ([`PlanBuilder::migrate`](crate::plan::PlanBuilder::migrate)).
/// - [`apply`](Migration::apply) is idempotent and tracks versions: applied again, it changes nothing; after half of it, it does the rest.
/// - `apply` and `revert` end by the deadline of their context, and so does what they have started elsewhere: until then a process that takes
///   over from a dead one asks for neither, and from then on it may.
/// - [`status`](Migration::status) tells the truth after a crash, perhaps while the `apply` of a dead process is still under way. `Done` counts
///   at once: answer it only if nothing is left to do. `Unknown` if it cannot tell: then nothing is applied, and a person is asked.
/// - [`revert`](Migration::revert) is called only if it is [`Reversible`](Reversibility::Reversible) and was not applied before the
///   deployment; reverted again, it changes nothing.
/// - The suite in `testkit::conformance::migration` checks all of this.
///
/// [`from_fns`] makes one of closures. As a type, a store that keeps its version in a file, migrated before traffic moves:
/// ```
/// use std::{fs, path::PathBuf, time::Duration};
/// use async_trait::async_trait;
/// use deployment_core::{
///     Actor, EffectContext, Ended, EnvironmentName, Error, ErrorKind, Orchestrator, Plan, Plugins, Release, Result, ServiceName,
///     action::ActionStatus, engine::Outcome, journal::MemoryJournal, memory::MemoryTarget,
///     migration::{Migration, Phase, Reversibility}, plan::Capacity, strategy::BlueGreen,
/// };
///
/// /// From one version of the store to the next.
/// #[derive(Debug)]
/// struct ToVersion { file: PathBuf, to: u32 }
///
/// impl ToVersion {
///     fn version(&self) -> Result<u32> {
///         let text = fs::read_to_string(&self.file).map_err(|error| Error::new(ErrorKind::Storage, "migrate", "no version").because(error))?;
///         text.trim().parse().map_err(|error| Error::new(ErrorKind::Corrupt, "migrate", "the version is no number").because(error))
///     }
///     fn set(&self, version: u32) -> Result<()> {
///         fs::write(&self.file, version.to_string()).map_err(|error| Error::new(ErrorKind::Storage, "migrate", "not written").because(error))
///     }
/// }
///
/// #[async_trait]
/// impl Migration for ToVersion {
///     fn describe(&self) -> String { format!("version {} of {}", self.to, self.file.display()) }
///     fn phase(&self) -> Phase { Phase::Expand }
///     fn reversibility(&self) -> Reversibility { Reversibility::Reversible }
///     async fn status(&self) -> Result<ActionStatus> {
///         Ok(if self.version()? >= self.to { ActionStatus::Done } else { ActionStatus::NotDone })
///     }
///     async fn apply(&self, _: &EffectContext) -> Result<()> {
///         if self.version()? < self.to { self.set(self.to)? }
///         Ok(())
///     }
///     async fn revert(&self, _: &EffectContext) -> Result<()> {
///         if self.version()? == self.to { self.set(self.to - 1)? }
///         Ok(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<()> {
/// let place = tempfile::tempdir().unwrap();
/// let file = place.path().join("schema-version");
/// fs::write(&file, "6").unwrap();
/// let plugins = Plugins::new()
///     .target("backend", MemoryTarget::builder().build())?
///     .migration("schema-7", ToVersion { file: file.clone(), to: 7 })?;
/// let plan = Plan::builder(Release::new(ServiceName::new("shop")?, "2.0"), EnvironmentName::new("staging")?, Actor::new("ada")?)
///     .migrate("schema-7")
///     .deploy("backend", Capacity::of(2), BlueGreen::new().grace(Duration::ZERO))
///     .build(&plugins)?;
/// let orchestrator = Orchestrator::builder(MemoryJournal::new(), plugins).build();
/// assert_eq!(orchestrator.run(&plan).await?, Ended::Outcome(Outcome::Succeeded));
/// assert_eq!(fs::read_to_string(&file).unwrap(), "7");
/// # Ok(()) }
/// ```
#[async_trait]
pub trait Migration: fmt::Debug + Send + Sync + 'static {
    /// What it changes, without secrets.
    fn describe(&self) -> String;
    /// When it may run.
    fn phase(&self) -> Phase;
    /// Whether it can be taken back.
    fn reversibility(&self) -> Reversibility;
    /// Whether it is applied.
    async fn status(&self) -> Result<ActionStatus>;
    /// Applies it.
    async fn apply(&self, context: &EffectContext) -> Result<()>;
    /// Takes it back.
    async fn revert(&self, context: &EffectContext) -> Result<()>;
}
