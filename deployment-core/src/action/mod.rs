//! Steps of a user's own: the [`Action`] trait, actions [`from_fn`], and [`ExternalCommand`](command::ExternalCommand), an action that runs a
//! program.

mod closures;
pub mod command;

pub use closures::{ActionFn, from_fn};

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    context::{DeploymentContext, EffectContext},
    error::{Error, ErrorKind, Result},
};

/// Whether an action's effect is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionStatus {
    /// It is there.
    Done,
    /// It is not there at all.
    NotDone,
    /// Some of it is there: `apply` is called again and does the rest.
    Partial,
    /// Nobody can tell: a person is asked.
    Unknown,
}

/// A step of a user's own: a flag, a tag, a cache, a migration, anything with an effect.
///
/// # Contract
/// - **Who implements:** a team. **Who calls:** the runtime, while it holds the lease.
/// - [`prepare`](Action::prepare) changes nothing. What it returns is journalled durably before [`apply`](Action::apply) is called, and given to
///   every later call: keep in it what [`undo`](Action::undo) needs. At most 64 KiB, no secrets.
/// - `apply` returns when the effect is there. It may be called again after [`ActionStatus::Partial`] or `NotDone`.
/// - `apply` and `undo` end by the deadline of their context, and so does what they have started elsewhere: until then a process that takes
///   over from a dead one asks for neither, and from then on it may.
/// - [`status`](Action::status) is asked after a crash or a lost answer, perhaps while the `apply` of a dead process is still under way. `Done`
///   counts at once: answer it only if nothing is left to do. Answer `Unknown` rather than guess.
/// - `undo` restores what `prepare` saw; it must succeed if there is nothing to undo.
/// - The suite in `testkit::conformance::action` checks an implementation.
///
/// [`from_fn`] makes one of closures; as a type:
/// ```
/// use async_trait::async_trait;
/// use deployment_core::{DeploymentContext, EffectContext, Result, action::{Action, ActionStatus}, testkit::{assert_none, conformance}};
/// use serde_json::{Value, json};
///
/// /// Turns a feature flag on, and restores its old value on the way back.
/// #[derive(Debug)]
/// struct EnableFlag(std::sync::Mutex<bool>);
///
/// #[async_trait]
/// impl Action for EnableFlag {
///     fn describe(&self) -> String { "enable the flag new-checkout".into() }
///     async fn prepare(&self, _: &DeploymentContext) -> Result<Value> { Ok(json!({ "was": *self.0.lock().unwrap() })) }
///     async fn apply(&self, _: &EffectContext, _before: &Value) -> Result<()> { *self.0.lock().unwrap() = true; Ok(()) }
///     async fn status(&self, _: &EffectContext, _before: &Value) -> Result<ActionStatus> {
///         Ok(if *self.0.lock().unwrap() { ActionStatus::Done } else { ActionStatus::NotDone })
///     }
///     async fn undo(&self, _: &EffectContext, before: &Value) -> Result<()> {
///         *self.0.lock().unwrap() = before["was"] == true;
///         Ok(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// assert_none(&conformance::action::check(&EnableFlag(std::sync::Mutex::new(false))).await);
/// # }
/// ```
#[async_trait]
pub trait Action: fmt::Debug + Send + Sync + 'static {
    /// What it does, without secrets.
    fn describe(&self) -> String;

    /// Looks at what is there, for the way back.
    ///
    /// # Errors
    /// If it could not look: the step is tried again by the error's status.
    async fn prepare(&self, context: &DeploymentContext) -> Result<Value> {
        let _ = context;
        Ok(Value::Null)
    }

    /// Does it.
    ///
    /// # Errors
    /// With the status that tells the truth about the effect.
    async fn apply(&self, context: &EffectContext, before: &Value) -> Result<()>;

    /// Says whether the effect of `apply` is there.
    ///
    /// # Errors
    /// If it could not be found out; it is asked again until the step's deadline.
    async fn status(&self, context: &EffectContext, before: &Value) -> Result<ActionStatus> {
        let _ = (context, before);
        Ok(ActionStatus::Unknown)
    }

    /// Undoes it. Called only for steps whose compensation is an undo.
    ///
    /// # Errors
    /// With the status that tells the truth about the effect.
    async fn undo(&self, context: &EffectContext, before: &Value) -> Result<()> {
        let _ = (context, before);
        Err(cannot_be_undone(&self.describe()))
    }
}

fn cannot_be_undone(description: &str) -> Error {
    Error::new(ErrorKind::Unsupported, "undo", format!("{description} cannot be undone"))
}
