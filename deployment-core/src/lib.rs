//! Ship changes safely: an embeddable library for rolling, blue/green and canary deployments with automatic rollback.

pub mod action;
pub mod backup;
mod context;
pub mod engine;
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
pub mod release;
pub mod runtime;
mod share;
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
pub use runtime::{Ended, Handle, Options, Orchestrator, Until};
pub use share::{Percent, Routes, Split, TestRule};
pub use time::Timestamp;
