//! Ship changes safely: an embeddable library for rolling, blue/green and canary deployments with automatic rollback.
//!
//! A deployment is a [`Plan`]: an ordered list of typed steps, plain data. A [`strategy`] makes its part of the plan. The [`engine`] is a
//! pure state machine over records that says what to do next; the [`runtime`] does it, and writes every intent to a [`journal`] before
//! the call and every outcome after it. What touches the world is a plugin: a [`target`], a [`gate`], a [`health`] check, a
//! [`metric`] source with a [`judge`], an [`action`], a [`notify`] channel.
//!
//! ```
//! use std::time::Duration;
//! use deployment_core::{
//!     Actor, Ended, EnvironmentName, Orchestrator, Plan, Plugins, Release, ServiceName,
//!     engine::Outcome, journal::MemoryJournal, memory::MemoryTarget, plan::Capacity, strategy::Canary,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
//! // Where it runs: a simulation that is ready at once.
//! let target = MemoryTarget::builder().readiness(Duration::ZERO).build();
//! let plugins = Plugins::new().target("backend", target.clone())?;
//!
//! // What will be done.
//! let release = Release::new(ServiceName::new("shop")?, "1.0");
//! let plan = Plan::builder(release, EnvironmentName::new("staging")?, Actor::new("ada")?)
//!     .deploy("backend", Capacity::of(2), Canary::steps([100.0])?.bake(Duration::ZERO))
//!     .build(&plugins)?;
//! assert!(plan.to_string().contains("launch the candidate with 2 instances"));
//!
//! // It is done.
//! let orchestrator = Orchestrator::builder(MemoryJournal::new(), plugins).build();
//! assert_eq!(orchestrator.run(&plan).await?, Ended::Outcome(Outcome::Succeeded));
//! assert!(target.snapshot().routes.split.sole().is_some());
//! # Ok(()) }
//! ```
//!
//! # Where to begin
//! | to | see |
//! |---|---|
//! | put a plan together | [`Plan::builder`], [`plan`], [`strategy`], [`release`] |
//! | drive it, park it, take it up again | [`Orchestrator`], [`runtime`] |
//! | talk to a running deployment | [`Orchestrator::signal`], [`signal`] |
//! | keep its history | [`journal::FileJournal`], [`journal::Journal`] |
//! | deploy to your platform | [`target::Target`] |
//! | stop what must not happen | [`gate`], [`gate::ApprovalGate`] |
//! | notice what is bad | [`watch`], [`health`], [`metric`], [`judge`] |
//! | do something of your own | [`action`], [`action::command`], [`program`] |
//! | protect and change data | [`backup`], [`migration`], [`plan::BackupRule`] |
//! | tell others | [`notify`], [`Orchestrator::events`] |
//! | try it out | [`memory`] |
//! | test your plugins and tools | `testkit`, a feature |
//! | understand why it did what it did | [`engine`] |
//!
//! # Features
//! `testkit` adds clocks, fakes, fault injection, conformance suites and an oracle. Nothing else is optional.

pub mod action;
pub mod backup;
mod context;
pub mod engine;
pub mod environment;
mod error;
pub mod gate;
pub mod health;
pub mod id;
pub mod journal;
pub mod judge;
pub mod memory;
pub mod metric;
pub mod migration;
pub mod notify;
pub mod plan;
mod plugins;
pub mod program;
pub mod release;
pub mod runtime;
mod share;
mod shared;
pub mod signal;
pub mod strategy;
pub mod target;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod time;
pub mod watch;

pub use context::{DeploymentContext, EffectContext, Endpoint, Subject};
pub use error::{Error, ErrorKind, Failure, Result, Status};
pub use id::{Actor, DeploymentId, EnvironmentName, PluginName, RevisionId, ServiceName, SignalId, StepId, TargetName, Token};
pub use plan::Plan;
pub use plugins::Plugins;
pub use release::Release;
pub use runtime::{Ended, Handle, Options, Orchestrator, Until, Worker};
pub use share::{Percent, Routes, Split, TestRule};
pub use time::Timestamp;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod crate_readme {}

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/extending.md")]
mod extending {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/data.md")]
mod data {}

#[cfg(doctest)]
#[doc = include_str!("../../docs/running.md")]
mod running {}
