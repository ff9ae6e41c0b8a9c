//! Services of ECS: task definitions by difference, rolling deployments that the platform runs, and two services behind a load balancer.
//!
//! | to | see |
//! |---|---|
//! | deploy a service by ECS's own rolling update, watched and verified | [`EcsRolling`] |
//! | keep automatic scaling still meanwhile | [`ScalingPaused`] |
//! | deploy blue/green or as a canary to two services | [`EcsBlueGreen`] |
//!
//! Tested over the wire against an emulator that plays rollouts; never yet run against AWS.
//!
//! # What a release says
//! The [artifact](deployment_core::Release) is the image of the service's container: a digest (`sha256:…`), which keeps the repository
//! that the service has now, or a whole reference (`registry/shop@sha256:…`). Its settings are the other
//! changes, all that ECS needs to know of:
//!
//! | setting | changes |
//! |---|---|
//! | `env.NAME` | an environment variable of the container |
//! | `image.NAME` | the image of another container, a whole reference with a digest |
//! | `cpu`, `memory` | the task's, as ECS writes them: `512`, `1024` |
//! | `platform` | what the images are built for: `linux/amd64`, `linux/arm64` |
//!
//! Whatever is not named stays as it is in the task definition that runs.

pub(crate) mod api;
mod blue_green;
mod count;
mod demand;
mod execution;
pub mod migration;
pub(crate) mod names;
mod permissions;
mod roles;
mod rolling;
mod scaling;
mod task_definition;

pub use blue_green::EcsBlueGreen;
pub use rolling::{Breaker, EcsRolling, EcsRollingBuilder};
pub use scaling::ScalingPaused;
pub use task_definition::{Change, Difference};
