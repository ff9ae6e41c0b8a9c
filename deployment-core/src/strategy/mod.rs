//! How a release takes a service over: the [`Strategy`] trait, and rolling, blue/green and canary.

mod blue_green;
mod canary;
mod context;
mod rolling;

pub use blue_green::BlueGreen;
pub use canary::Canary;
pub use context::PlanContext;
pub use rolling::Rolling;

use std::fmt;

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
/// - The suite in `testkit::conformance::strategy` checks an implementation.
///
/// # A strategy of your own
/// [`from_fn`] makes one of a closure. As a type:
/// ```
/// use std::time::Duration;
/// use deployment_core::{
///     Percent, Result,
///     strategy::{PlanContext, Strategy, StrategyPlan},
///     target::{Capabilities, Capability},
///     testkit::{assert_none, conformance},
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
///         Ok(StrategyPlan {
///             prepare: vec![context.launch(context.capacity.desired)],
///             shift: vec![
///                 context.route(Percent::new(1.0)?),
///                 context.bake("needle", Duration::from_secs(3600), &[]),
///                 context.route(Percent::ALL),
///             ],
///             finish: context.remove_stable(),
///         })
///     }
/// }
///
/// assert_none(&conformance::strategy::check(&Needle));
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

/// A strategy from a closure that makes the steps for one target, each of which must have the capabilities in `needs`.
///
/// ```
/// use deployment_core::{Percent, strategy::{self, Strategy, StrategyPlan}, target::{Capabilities, Capability}};
/// use deployment_core::testkit::{assert_none, conformance};
///
/// let needs = Capabilities::of([Capability::Launch, Capability::Switch]);
/// let bold = strategy::from_fn("all at once, without a look", needs, |context| {
///     Ok(StrategyPlan {
///         prepare: vec![context.launch(context.capacity.desired)],
///         shift: vec![context.route(Percent::ALL)],
///         finish: context.remove_stable(),
///     })
/// });
/// assert_none(&conformance::strategy::check(&bold));
/// ```
pub fn from_fn<F>(description: impl Into<String>, needs: Capabilities, plan: F) -> impl Strategy
where
    F: Fn(&PlanContext) -> Result<StrategyPlan> + Send + Sync + 'static,
{
    FromFn { description: description.into(), needs, plan }
}

struct FromFn<F> {
    description: String,
    needs: Capabilities,
    plan: F,
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Strategy").field(&self.description).finish()
    }
}

impl<F> Strategy for FromFn<F>
where
    F: Fn(&PlanContext) -> Result<StrategyPlan> + Send + Sync + 'static,
{
    fn describe(&self) -> String {
        self.description.clone()
    }

    fn needs(&self, _can: &Capabilities) -> Capabilities {
        self.needs.clone()
    }

    fn plan(&self, context: &PlanContext) -> Result<StrategyPlan> {
        (self.plan)(context)
    }
}
