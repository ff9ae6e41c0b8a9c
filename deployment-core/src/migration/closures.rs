//! A migration of closures.

use std::{fmt, future::Future};

use async_trait::async_trait;
use futures::future::{BoxFuture, FutureExt};

use super::{Migration, Phase, Reversibility};
use crate::{
    action::ActionStatus,
    context::EffectContext,
    error::{Error, ErrorKind, Result},
};

type Status = Box<dyn Fn() -> BoxFuture<'static, Result<ActionStatus>> + Send + Sync>;
type Change = Box<dyn Fn(EffectContext) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// A migration from two async closures: whether it is applied, and applying it. It is [`Irreversible`](Reversibility::Irreversible) unless it
/// is told how to [`revert`](MigrationFns::revert).
///
/// Your own migration, here of a store that is a number:
/// ```
/// use std::sync::{Arc, atomic::{AtomicU32, Ordering::SeqCst}};
/// use deployment_core::{Plugins, action::ActionStatus, migration::{self, Phase}, testkit::{assert_none, conformance}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// let store = Arc::new(AtomicU32::new(6));
/// let (read, write, back) = (store.clone(), store.clone(), store.clone());
/// let status = move || {
///     let status = if read.load(SeqCst) >= 7 { ActionStatus::Done } else { ActionStatus::NotDone };
///     async { Ok(status) }
/// };
/// let apply = move |_context| {
///     write.fetch_max(7, SeqCst);
///     async { Ok(()) }
/// };
/// let revert = move |_context| {
///     back.fetch_min(6, SeqCst);
///     async { Ok(()) }
/// };
/// let migration = migration::from_fns("schema 7", Phase::Expand, status, apply).revert(revert);
/// assert_none(&conformance::migration::check(&migration).await);
/// let plugins = Plugins::new().migration("schema-7", migration)?;
/// // In the plan: `.migrate("schema-7")`.
/// # let _ = plugins;
/// # Ok(()) }
/// ```
pub fn from_fns<S, SR, A, AR>(description: impl Into<String>, phase: Phase, status: S, apply: A) -> MigrationFns
where
    S: Fn() -> SR + Send + Sync + 'static,
    SR: Future<Output = Result<ActionStatus>> + Send + 'static,
    A: Fn(EffectContext) -> AR + Send + Sync + 'static,
    AR: Future<Output = Result<()>> + Send + 'static,
{
    let status: Status = Box::new(move || status().boxed());
    MigrationFns { description: description.into(), phase, status, apply: Box::new(move |context| apply(context).boxed()), revert: None }
}

/// What [`from_fns`] makes: a migration of closures.
pub struct MigrationFns {
    description: String,
    phase: Phase,
    status: Status,
    apply: Change,
    revert: Option<Change>,
}

impl MigrationFns {
    /// Reverts with this, without loss: that makes the migration [`Reversible`](Reversibility::Reversible).
    #[must_use]
    pub fn revert<F, R>(mut self, revert: F) -> Self
    where
        F: Fn(EffectContext) -> R + Send + Sync + 'static,
        R: Future<Output = Result<()>> + Send + 'static,
    {
        self.revert = Some(Box::new(move |context| revert(context).boxed()));
        self
    }
}

impl fmt::Debug for MigrationFns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MigrationFns").field(&self.description).finish()
    }
}

#[async_trait]
impl Migration for MigrationFns {
    fn describe(&self) -> String {
        self.description.clone()
    }

    fn phase(&self) -> Phase {
        self.phase
    }

    fn reversibility(&self) -> Reversibility {
        if self.revert.is_some() { Reversibility::Reversible } else { Reversibility::Irreversible }
    }

    async fn status(&self) -> Result<ActionStatus> {
        (self.status)().await
    }

    async fn apply(&self, context: &EffectContext) -> Result<()> {
        (self.apply)(context.clone()).await
    }

    async fn revert(&self, context: &EffectContext) -> Result<()> {
        match &self.revert {
            Some(revert) => revert(context.clone()).await,
            None => Err(Error::new(ErrorKind::Unsupported, "revert", format!("{} cannot be reverted", self.description))),
        }
    }
}
