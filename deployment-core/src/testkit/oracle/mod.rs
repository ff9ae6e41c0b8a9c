//! Checks a deployment against what its targets have been through.
//!
//! The [`Oracle`] believes neither the engine's state nor its outcome: it holds the history of every
//! [`MemoryTarget`](crate::memory::MemoryTarget), and what a [`Tape`] has seen going into the journal, against the plan, and tells where
//! the semantics that must hold did not. Each is checked in the form that it has for the way in which the target is driven: side by side
//! (canary, blue/green, a strategy of your own), rolling, or a rollout that the platform runs.
//!
//! ```
//! use deployment_core::{
//!     Actor, DeploymentId, EnvironmentName, Percent, Plan, Plugins, Routes, Split, Token,
//!     memory::MemoryTarget, plan::Capacity, strategy::BlueGreen, target::Target,
//!     testkit::{oracle::{Evidence, Oracle}, sample},
//! };
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> deployment_core::Result<()> {
//! let target = MemoryTarget::builder().serving(sample::release("1"), 4).record_history().build();
//! let plan = Plan::builder(sample::release("2"), EnvironmentName::new("production")?, Actor::new("ada")?)
//!     .deploy("backend", Capacity::of(4), BlueGreen::new())
//!     .build(&Plugins::new().target("backend", target.clone())?)?;
//!
//! // An engine that moves traffic before the candidate is healthy:
//! let new = target.launch(&sample::effect("t1", 1), &sample::release("2"), 4).await?;
//! target.route(&sample::effect("t2", 1), &Routes { split: Split::all(&new), tests: Vec::new() }).await?;
//!
//! let evidence = Evidence::new(sample::effect("", 1).deployment).target("backend", &target)?;
//! let violations = Oracle::new(&plan).check(&evidence);
//! assert!(violations.iter().any(|violation| violation.rule.starts_with("3")), "{violations:?}");
//! # Ok(()) }
//! ```

mod capacity;
mod ending;
mod evidence;
mod log;
mod order;
mod scene;
mod tape;
mod traffic;

pub use evidence::{Evidence, Oracle};
pub use tape::{Tape, Taped};
