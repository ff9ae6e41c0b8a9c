//! Where revisions run and traffic is split: the [`Target`] trait.

mod capability;
mod changes;
mod view;

pub use capability::{Capabilities, Capability};
pub use view::{RevisionView, Rollout, RolloutState, TargetView};

use std::{fmt, time::Duration};

use async_trait::async_trait;

use crate::{
    context::EffectContext,
    error::{Error, ErrorKind, Result},
    id::{RevisionId, Token},
    release::Release,
    share::Routes,
};

/// One place where a service runs: a cluster service behind a load balancer, a machine, a simulation.
///
/// # Contract
/// - **Who implements:** whoever knows a platform. **Who calls:** the runtime, and only while it holds the lease.
/// - Calls return once the platform has *accepted* the change. Completion is seen by [`observe`](Target::observe), never assumed.
/// - Every mutating call is idempotent: [`launch`](Target::launch) and [`replace`](Target::replace) under the context's token, the
///   others because they set an absolute state.
/// - An error's [`Status`](crate::Status) is the truth about the effect: `Temporary` and `Permanent` mean that nothing was changed;
///   whenever that is not certain, it is `InDoubt`.
/// - A target that can refuses an epoch lower than one it has seen, with [`ErrorKind::Fenced`].
/// - `observe` reads what the platform says now, not what was asked for. It may lag by [`read_lag`](Target::read_lag), no more.
/// - The suite in `testkit::conformance::target` checks all of this.
///
/// There is no `from_fn`: what `observe` says and what the other methods do are one state, which a type keeps together.
///
/// ```
/// use deployment_core::{memory::MemoryTarget, target::Target};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// let target = MemoryTarget::builder().build();
/// assert!(target.observe().await?.routes.split.is_empty(), "nothing serves before the first deployment");
/// # Ok(()) }
/// ```
#[async_trait]
pub trait Target: fmt::Debug + Send + Sync + 'static {
    /// What this target is, without secrets: it is stored in the plan, and a change of it refuses a resume.
    fn describe(&self) -> String;

    /// What it can do. Checked when a plan is built.
    fn capabilities(&self) -> Capabilities;

    /// How old an observation may be. Absence counts only after this long.
    fn read_lag(&self) -> Duration {
        Duration::ZERO
    }

    /// What is there now.
    ///
    /// # Behavior
    /// - Changes nothing; may be called at any time and concurrently.
    /// - Fails rather than guesses: what could not be read is an error or `None`, never zero.
    async fn observe(&self) -> Result<TargetView>;

    /// What a deployment of `release` would change in what serves now, a line each, for a person who looks before it is done: a dry run.
    ///
    /// Unless a target knows more, it is the difference between the releases, as [`observe`](Target::observe) shows the one that serves.
    ///
    /// # Behavior
    /// - Changes nothing; may be called at any time and concurrently.
    /// - Tells no value that was set before: it may be a secret. What the release itself says it may tell.
    /// - Has nothing to tell of the release that serves alone.
    /// - Refuses a release that the target cannot run, with the reason.
    async fn changes(&self, release: &Release) -> Result<Vec<String>> {
        Ok(changes::between(&self.observe().await?, release))
    }

    /// Starts `count` instances of `release` beside what runs, without traffic, and names the new revision.
    ///
    /// # Behavior
    /// - The revision carries the context's token, and shows it in [`observe`](Target::observe).
    /// - Asked again with the same token, it returns the same revision and starts nothing.
    async fn launch(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId>;

    /// Lets the platform itself replace what runs by `release`, in its own schedule.
    ///
    /// # Behavior
    /// - The new revision and the platform's [`Rollout`] carry the context's token; asked again with it, nothing new is started.
    /// - A rollout that is still under way, or was left where it stopped, is superseded: the way back is a `replace` by what ran before.
    async fn replace(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        let _ = (context, release, count);
        Err(unsupported("replace"))
    }

    /// Routes traffic: an absolute set of split and test rules.
    ///
    /// # Behavior
    /// - Refuses a revision that does not exist.
    async fn route(&self, context: &EffectContext, routes: &Routes) -> Result<()> {
        let _ = (context, routes);
        Err(unsupported("route"))
    }

    /// Sets the number of instances of a revision.
    async fn scale(&self, context: &EffectContext, revision: &RevisionId, count: u32) -> Result<()> {
        let _ = (context, revision, count);
        Err(unsupported("scale"))
    }

    /// Removes a revision. It must have no traffic, test requests included; one that is gone already is a success.
    async fn retire(&self, context: &EffectContext, revision: &RevisionId) -> Result<()>;

    /// Stops the platform's own rollout that `rollout` started.
    async fn stop(&self, context: &EffectContext, rollout: &Token) -> Result<()> {
        let _ = (context, rollout);
        Err(unsupported("stop"))
    }

    /// Lets a platform's rollout go on that waits for a word.
    ///
    /// Called by tools on a person's word: no step of a plan says it, and the engine only watches a rollout that waits until the step's
    /// deadline.
    async fn proceed(&self, context: &EffectContext, rollout: &Token) -> Result<()> {
        let _ = (context, rollout);
        Err(unsupported("proceed"))
    }

    /// Makes a revision the platform's primary one, where the platform tells them apart.
    ///
    /// Called by tools, after a deployment that left a platform with a primary of its own: no step of a plan says it.
    async fn adopt(&self, context: &EffectContext, revision: &RevisionId) -> Result<()> {
        let _ = (context, revision);
        Err(unsupported("adopt"))
    }
}

fn unsupported(operation: &'static str) -> Error {
    Error::new(ErrorKind::Unsupported, operation, "this target cannot do it; its capabilities say what it can")
}
