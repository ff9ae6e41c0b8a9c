//! How a release takes a service over: the [`Strategy`] trait, and rolling, blue/green and canary.

mod blue_green;
mod canary;
mod context;
mod rolling;

pub use blue_green::BlueGreen;
pub use canary::Canary;
pub use context::PlanContext;
pub use rolling::Rolling;

use std::{fmt, sync::Arc};

use crate::{error::Result, plan::Step, target::Capabilities};

/// A strategy's part of a plan, for one target.
///
/// Several targets compose as every `prepare`, every `shift`, then every `finish`, so that no stable revision is removed before the
/// plan's last bake.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StrategyPlan {
    /// Makes the candidate ready, without production traffic.
    pub prepare: Vec<Step>,
    /// Moves traffic and watches.
    pub shift: Vec<Step>,
    /// Removes what is not needed any more.
    pub finish: Vec<Step>,
}

impl StrategyPlan {
    /// Every step, in order.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.prepare.iter().chain(&self.shift).chain(&self.finish)
    }
}

/// Turns a release into steps.
///
/// # Contract
/// - **Who implements:** a team with a way of its own. **Who calls:** [`PlanBuilder`](crate::plan::PlanBuilder), once per target.
/// - Sync and pure: the same context gives the same steps.
/// - A strategy only says what is done in which order. Read-back, retries, deadlines, rollback and what a first deployment leaves out
///   are the engine's business.
///
/// # A strategy of your own
/// ```
/// use std::time::Duration;
/// use deployment_core::{
///     Percent, Result,
///     plan::{Role, Work},
///     strategy::{PlanContext, Strategy, StrategyPlan},
///     target::{Capabilities, Capability},
/// };
///
/// /// One percent for an hour, then everything at once.
/// #[derive(Debug)]
/// struct Needle;
///
/// impl Strategy for Needle {
///     fn describe(&self) -> String { "needle: 1 % for an hour, then 100 %".into() }
///
///     fn needs(&self, _: &Capabilities) -> Capabilities {
///         Capabilities::of([Capability::Launch, Capability::Split])
///     }
///
///     fn plan(&self, context: &PlanContext) -> Result<StrategyPlan> {
///         let (candidate, hour) = (Role::Candidate, Duration::from_secs(3600));
///         Ok(StrategyPlan {
///             prepare: vec![context.launch(context.capacity.desired)],
///             shift: vec![
///                 context.route(Percent::new(1.0)?),
///                 context.bake("needle", hour, &[]),
///                 context.route(Percent::ALL),
///             ],
///             finish: context.remove_stable(),
///         })
///     }
/// }
/// # let _ = (Needle, Role::Candidate, Work::Verify);
/// ```
pub trait Strategy: fmt::Debug + Send + Sync + 'static {
    /// The strategy in words, with its numbers.
    fn describe(&self) -> String;

    /// What a target must be able to do, given what it can: a strategy with two ways of working needs one of them.
    fn needs(&self, can: &Capabilities) -> Capabilities;

    /// The steps for one target.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if its numbers do not make sense, with the field and the fix.
    fn plan(&self, context: &PlanContext) -> Result<StrategyPlan>;
}

impl<S: Strategy + ?Sized> Strategy for Arc<S> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    fn needs(&self, can: &Capabilities) -> Capabilities {
        (**self).needs(can)
    }

    fn plan(&self, context: &PlanContext) -> Result<StrategyPlan> {
        (**self).plan(context)
    }
}
