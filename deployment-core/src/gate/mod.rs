//! What may stop a deployment: the [`Gate`] trait, its combinators and the approval gate.

mod approval;
mod combine;

pub use approval::{Approval, ApprovalGate, Decision};
pub use combine::GateExt;

use std::{fmt, future::Future};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{context::DeploymentContext, error::Result, time::Timestamp};

/// What a gate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// Go.
    Pass,
    /// Not yet.
    Wait {
        /// Why, in words.
        reason: String,
        /// When to ask again, if the gate knows; otherwise the runtime's poll interval decides.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// No, and waiting will not help.
    Reject {
        /// Why, in words.
        reason: String,
    },
}

impl GateVerdict {
    /// Not yet, for this reason; ask again in a while.
    #[must_use]
    pub fn wait(reason: impl Into<String>) -> Self {
        Self::Wait { reason: reason.into(), until: None }
    }

    /// No, for this reason.
    #[must_use]
    pub fn reject(reason: impl Into<String>) -> Self {
        Self::Reject { reason: reason.into() }
    }
}

/// What a gate is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateContext {
    /// The deployment and the step that ask.
    pub deployment: DeploymentContext,
    /// Every approval recorded for this deployment, whatever it is for and however old; see [`Approval::counts_for`].
    pub approvals: Vec<Approval>,
}

/// Decides whether a step may start.
///
/// # Contract
/// - **Who implements:** a team, for whatever must be true first. **Who calls:** the runtime, before the step's intent.
/// - Changes nothing. It may be asked any number of times; all gates of a step must pass in one evaluation, at most 60 s before the
///   step's effect.
/// - An `Err` is *wait* until the step's gate deadline, and *reject* after it.
/// - The suite in `testkit::conformance::gate` checks an implementation.
///
/// ```
/// use deployment_core::gate::{self, GateExt, GateVerdict};
///
/// let calm = gate::from_fn("no open incident", |_context| async { Ok(GateVerdict::Pass) });
/// let daytime = gate::from_fn("office hours", |_context| async { Ok(GateVerdict::wait("opens at 9")) });
/// let both = calm.and(daytime);
/// # use deployment_core::gate::Gate;
/// assert_eq!(both.describe(), "(no open incident and office hours)");
/// ```
#[async_trait]
pub trait Gate: fmt::Debug + Send + Sync + 'static {
    /// What it asks, without secrets.
    fn describe(&self) -> String;

    /// Decides.
    ///
    /// # Errors
    /// If it could not find out.
    async fn evaluate(&self, context: &GateContext) -> Result<GateVerdict>;
}

/// A gate from an async closure.
pub fn from_fn<F, R>(description: impl Into<String>, evaluate: F) -> impl Gate
where
    F: Fn(GateContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<GateVerdict>> + Send + 'static,
{
    FromFn { description: description.into(), evaluate }
}

struct FromFn<F> {
    description: String,
    evaluate: F,
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gate").field(&self.description).finish()
    }
}

#[async_trait]
impl<F, R> Gate for FromFn<F>
where
    F: Fn(GateContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<GateVerdict>> + Send + 'static,
{
    fn describe(&self) -> String {
        self.description.clone()
    }

    async fn evaluate(&self, context: &GateContext) -> Result<GateVerdict> {
        (self.evaluate)(context.clone()).await
    }
}
