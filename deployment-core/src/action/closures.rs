//! An action of closures.

use std::{fmt, future::Future};

use async_trait::async_trait;
use futures::future::{BoxFuture, FutureExt};
use serde_json::Value;

use super::{Action, ActionStatus, cannot_be_undone};
use crate::{
    context::{DeploymentContext, EffectContext},
    error::Result,
};

type Look = Box<dyn Fn(DeploymentContext) -> BoxFuture<'static, Result<Value>> + Send + Sync>;
type Effect<T> = Box<dyn Fn(EffectContext, Value) -> BoxFuture<'static, Result<T>> + Send + Sync>;

/// An action from an async closure, which does what [`Action::apply`] must; the others can be added.
///
/// What is not given is as the trait has it: the before-image is null, the status is [`ActionStatus::Unknown`] (after a crash in the middle a
/// person is asked), and it cannot be undone, which halts the way back: add [`undo`](ActionFn::undo), or tell the plan that nothing is to be
/// undone with [`Compensation::NotNeeded`](crate::plan::Compensation::NotNeeded).
///
/// Your own action, as a step of a plan:
/// ```
/// use std::sync::{Arc, atomic::{AtomicBool, Ordering::SeqCst}};
/// use deployment_core::{
///     Actor, Ended, EnvironmentName, Orchestrator, Plan, Plugins, Release, ServiceName, action::{self, ActionStatus},
///     engine::Outcome, journal::MemoryJournal, memory::MemoryTarget, plan::{Capacity, Step}, strategy::Rolling,
/// };
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> deployment_core::Result<()> {
/// let flag = Arc::new(AtomicBool::new(false));
/// let (on, is_on, off) = (flag.clone(), flag.clone(), flag.clone());
/// let checkout = action::from_fn("enable the flag new-checkout", move |_, _| {
///     on.store(true, SeqCst);
///     async { Ok(()) }
/// })
/// .status(move |_, _| {
///     let status = if is_on.load(SeqCst) { ActionStatus::Done } else { ActionStatus::NotDone };
///     async { Ok(status) }
/// })
/// .undo(move |_, _| {
///     off.store(false, SeqCst);
///     async { Ok(()) }
/// });
///
/// let plugins = Plugins::new().target("backend", MemoryTarget::builder().build())?.action("new-checkout", checkout)?;
/// let plan = Plan::builder(Release::new(ServiceName::new("shop")?, "2.0"), EnvironmentName::new("staging")?, Actor::new("ada")?)
///     .before(Step::action("flag", "new-checkout")?)
///     .deploy("backend", Capacity::of(2), Rolling::new())
///     .build(&plugins)?;
/// let orchestrator = Orchestrator::builder(MemoryJournal::new(), plugins).build();
/// assert_eq!(orchestrator.run(&plan).await?, Ended::Outcome(Outcome::Succeeded));
/// assert!(flag.load(SeqCst));
/// # Ok(()) }
/// ```
pub fn from_fn<F, R>(description: impl Into<String>, apply: F) -> ActionFn
where
    F: Fn(EffectContext, Value) -> R + Send + Sync + 'static,
    R: Future<Output = Result<()>> + Send + 'static,
{
    ActionFn { description: description.into(), before: None, apply: effect(apply), status: None, undo: None }
}

/// What [`from_fn`] makes: an action of closures.
pub struct ActionFn {
    description: String,
    before: Option<Look>,
    apply: Effect<()>,
    status: Option<Effect<ActionStatus>>,
    undo: Option<Effect<()>>,
}

impl ActionFn {
    /// Looks with this first, for [`Action::prepare`]; what it returns is given to the others.
    #[must_use]
    pub fn before<F, R>(mut self, look: F) -> Self
    where
        F: Fn(DeploymentContext) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Value>> + Send + 'static,
    {
        self.before = Some(Box::new(move |context| look(context).boxed()));
        self
    }

    /// Tells with this whether the effect is there, for [`Action::status`].
    #[must_use]
    pub fn status<F, R>(mut self, status: F) -> Self
    where
        F: Fn(EffectContext, Value) -> R + Send + Sync + 'static,
        R: Future<Output = Result<ActionStatus>> + Send + 'static,
    {
        self.status = Some(effect(status));
        self
    }

    /// Undoes with this, for [`Action::undo`].
    #[must_use]
    pub fn undo<F, R>(mut self, undo: F) -> Self
    where
        F: Fn(EffectContext, Value) -> R + Send + Sync + 'static,
        R: Future<Output = Result<()>> + Send + 'static,
    {
        self.undo = Some(effect(undo));
        self
    }
}

fn effect<T, F, R>(call: F) -> Effect<T>
where
    F: Fn(EffectContext, Value) -> R + Send + Sync + 'static,
    R: Future<Output = Result<T>> + Send + 'static,
{
    Box::new(move |context, before| call(context, before).boxed())
}

impl fmt::Debug for ActionFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ActionFn").field(&self.description).finish()
    }
}

#[async_trait]
impl Action for ActionFn {
    fn describe(&self) -> String {
        self.description.clone()
    }

    async fn prepare(&self, context: &DeploymentContext) -> Result<Value> {
        match &self.before {
            Some(look) => look(context.clone()).await,
            None => Ok(Value::Null),
        }
    }

    async fn apply(&self, context: &EffectContext, before: &Value) -> Result<()> {
        (self.apply)(context.clone(), before.clone()).await
    }

    async fn status(&self, context: &EffectContext, before: &Value) -> Result<ActionStatus> {
        match &self.status {
            Some(status) => status(context.clone(), before.clone()).await,
            None => Ok(ActionStatus::Unknown),
        }
    }

    async fn undo(&self, context: &EffectContext, before: &Value) -> Result<()> {
        match &self.undo {
            Some(undo) => undo(context.clone(), before.clone()).await,
            None => Err(cannot_be_undone(&self.description)),
        }
    }
}
