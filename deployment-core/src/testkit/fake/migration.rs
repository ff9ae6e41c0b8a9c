//! A migration that keeps what was asked of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{
    action::ActionStatus,
    context::EffectContext,
    error::Result,
    migration::{Migration, Phase, Reversibility},
};

/// A migration of a store that is a flag.
///
/// ```
/// use deployment_core::{migration::{Migration, Phase, Reversibility}, testkit::{fake::FakeMigration, sample}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// let migration = FakeMigration::of(Phase::Expand, Reversibility::Reversible);
/// migration.apply(&sample::effect("token", 1)).await?;
/// migration.apply(&sample::effect("token", 1)).await?;
/// assert_eq!(migration.changes(), 1, "applied again, it changes nothing");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct FakeMigration {
    phase: Phase,
    reversibility: Reversibility,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    applied: bool,
    changes: usize,
    status: Option<ActionStatus>,
}

impl FakeMigration {
    /// One of this phase that is not applied.
    #[must_use]
    pub fn of(phase: Phase, reversibility: Reversibility) -> Self {
        Self { phase, reversibility, state: Arc::default() }
    }

    /// Says this when asked for its status, whatever the truth is.
    #[must_use]
    pub fn status_is(self, status: ActionStatus) -> Self {
        self.state().status = Some(status);
        self
    }

    /// Whether it is applied.
    #[must_use]
    pub fn is_applied(&self) -> bool {
        self.state().applied
    }

    /// How often the store changed.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.state().changes
    }

    fn set(&self, applied: bool) {
        let mut state = self.state();
        state.changes += usize::from(state.applied != applied);
        state.applied = applied;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Migration for FakeMigration {
    fn describe(&self) -> String {
        "fake migration".into()
    }

    fn phase(&self) -> Phase {
        self.phase
    }

    fn reversibility(&self) -> Reversibility {
        self.reversibility
    }

    async fn status(&self) -> Result<ActionStatus> {
        let state = self.state();
        let truth = if state.applied { ActionStatus::Done } else { ActionStatus::NotDone };
        Ok(state.status.clone().unwrap_or(truth))
    }

    async fn apply(&self, _context: &EffectContext) -> Result<()> {
        self.set(true);
        Ok(())
    }

    async fn revert(&self, _context: &EffectContext) -> Result<()> {
        self.set(false);
        Ok(())
    }
}
