//! A real place to deploy to, on one machine, and the programs that show the library at work.
//!
//! - [`stage`] is the environment: a process of its own that runs service instances as processes behind a front proxy with
//!   weighted and header-selected routing, measures every revision, and takes orders over a loopback control endpoint.
//! - [`demo`] is the service that is deployed there, which can be told to misbehave.
//! - [`load`] is the steady traffic: an open model, without retries.
//! - [`setup`], [`quickstart`] and [`deployctl`] deploy to it.
//! - [`evidence`] keeps what checks have found, whole; [`report`] turns it and a deployment's journal into a page for people.
//! - `loan`, with the feature `aws`, is the reference pipeline of a service on AWS: see `docs/aws/reference.md`.
//! - [`roles`] lets one executable be all of these processes, so that building one example builds everything it needs.

pub mod clock;
pub mod demo;
pub mod deployctl;
pub mod evidence;
mod http;
pub mod latency;
pub mod load;
#[cfg(feature = "aws")]
pub mod loan;
mod lock;
pub mod quickstart;
pub mod report;
pub mod roles;
pub mod setup;
pub mod stage;
