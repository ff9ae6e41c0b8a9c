//! An action that keeps what was asked of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::{
    action::{Action, ActionStatus},
    context::{DeploymentContext, EffectContext},
    error::{Error, ErrorKind, Result},
    id::Token,
};

/// What was asked of a [`FakeAction`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionCall {
    /// To look before.
    Prepare,
    /// To apply, under this token and epoch.
    Apply(Token, u64),
    /// To say whether it is applied.
    Status,
    /// To undo, under this token and epoch.
    Undo(Token, u64),
}

/// An action that turns something on, and back to what it was.
///
/// The effect lives in what clones share, so it outlives a process that a test lets die.
///
/// ```
/// use deployment_core::{action::Action, testkit::{fake::FakeAction, sample}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// let action = FakeAction::named("flag");
/// let before = action.prepare(&sample::deployment(sample::NOON)).await?;
/// action.apply(&sample::effect("token", 1), &before).await?;
/// assert!(action.is_on());
/// action.undo(&sample::effect("undo", 1), &before).await?;
/// assert!(!action.is_on());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct FakeAction {
    name: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    on: bool,
    calls: Vec<ActionCall>,
    status: Option<ActionStatus>,
    failures: Vec<ErrorKind>,
}

impl FakeAction {
    /// An action with this name in its description. It is off.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), state: Arc::default() }
    }

    /// Says this when asked for its status, whatever the truth is.
    #[must_use]
    pub fn status_is(self, status: ActionStatus) -> Self {
        self.state().status = Some(status);
        self
    }

    /// Fails the next apply, without an effect.
    pub fn fail_next(&self, kind: ErrorKind) {
        self.state().failures.push(kind);
    }

    /// Whether the effect is there.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.state().on
    }

    /// Everything that was asked of it, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<ActionCall> {
        self.state().calls.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Action for FakeAction {
    fn describe(&self) -> String {
        format!("fake action {}", self.name)
    }

    async fn prepare(&self, _context: &DeploymentContext) -> Result<Value> {
        let mut state = self.state();
        state.calls.push(ActionCall::Prepare);
        Ok(json!({ "was": state.on }))
    }

    async fn apply(&self, context: &EffectContext, _before: &Value) -> Result<()> {
        let mut state = self.state();
        state.calls.push(ActionCall::Apply(context.token.clone(), context.epoch));
        if let Some(kind) = state.failures.pop() {
            return Err(Error::new(kind, "apply", "the fake was told to fail"));
        }
        state.on = true;
        Ok(())
    }

    async fn status(&self, _context: &EffectContext, _before: &Value) -> Result<ActionStatus> {
        let mut state = self.state();
        state.calls.push(ActionCall::Status);
        let truth = if state.on { ActionStatus::Done } else { ActionStatus::NotDone };
        Ok(state.status.clone().unwrap_or(truth))
    }

    async fn undo(&self, context: &EffectContext, before: &Value) -> Result<()> {
        let mut state = self.state();
        state.calls.push(ActionCall::Undo(context.token.clone(), context.epoch));
        state.on = before.get("was") == Some(&Value::Bool(true));
        Ok(())
    }
}
