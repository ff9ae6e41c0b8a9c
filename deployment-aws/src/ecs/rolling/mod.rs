//! Rolling deployments that ECS runs: [`EcsRolling`].

mod builder;
mod check;
mod demand;
mod look;
mod memory;
mod permissions;
mod revision;
mod seen;
mod settings;
mod start;
mod target;
mod view;

pub use builder::EcsRollingBuilder;
pub use settings::Breaker;
pub use target::EcsRolling;
