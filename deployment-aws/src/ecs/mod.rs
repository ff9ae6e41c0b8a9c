//! ECS.

pub mod migration;
