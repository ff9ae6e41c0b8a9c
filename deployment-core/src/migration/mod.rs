//! Changes of a store's shape: the [`Migration`] trait, and how a plan's step applies one.

mod action;

pub(crate) use action::MigrationAction;

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
    /// Moves data. In between.
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
/// - **Who implements:** whoever knows a migration tool. **Who calls:** the runtime's migration steps.
/// - [`apply`](Migration::apply) is idempotent and tracks versions: applied again, it changes nothing.
/// - [`status`](Migration::status) tells the truth after a crash; `Unknown` if it cannot.
/// - [`revert`](Migration::revert) is called only if it is [`Reversible`](Reversibility::Reversible).
///
/// ```
/// use deployment_core::migration::Phase;
///
/// assert!(Phase::Expand < Phase::Contract);
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
