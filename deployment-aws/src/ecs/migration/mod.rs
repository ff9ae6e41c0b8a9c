//! Migrations by one-off tasks: [`EcsTaskMigration`].
//!
//! ```no_run
//! use deployment_aws::ecs::migration::EcsTaskMigration;
//! use deployment_core::{Plugins, Result, migration::Phase};
//!
//! async fn plugins(plugins: Plugins) -> Result<Plugins> {
//!     let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
//!     let add_column = EcsTaskMigration::builder(&config, Phase::Expand)
//!         .task("production", "orders-migrate:7", "app")
//!         .network(["subnet-0a", "subnet-0b"], ["sg-0c"])
//!         .status(["./migrate", "status", "0017"]) // ends with 0: applied, 10: not applied, 11: in part
//!         .apply(["./migrate", "up", "0017"])
//!         .revert(["./migrate", "down", "0016"])
//!         .environment("PGSSLMODE", "verify-full")
//!         .build()?;
//!     plugins.migration("add-column", add_column) // then PlanBuilder::migrate("add-column")
//! }
//! ```
//!
//! # One task per effect
//! A task is started with the effect's name as `startedBy`, and a `clientToken` that follows from it. Before one is started, those of that name are
//! looked for: one that runs is waited for, one that has succeeded is the answer (unless the status was asked for since, and the engine asks for
//! the effect again: then it was undone by somebody), and only after one that has failed is there another. So neither a lost answer nor a process
//! that dies leads to two at once. AWS shows stopped tasks for an hour.
//!
//! A task that does not end in time is stopped, and its effect is in doubt: the engine asks the status.
//!
//! # What is demanded
//! The connection to the database is encrypted: the environment must say so in one of the usual ways (`PGSSLMODE=require`, a URL with
//! `ssl=require`, and so on), here or in the task definition; else nothing is started. What a secret of the task definition holds is not seen.
//!
//! Tested over the wire against an emulator; never yet run against AWS.

mod builder;
mod calls;
mod check;
mod demand;
mod logs;
mod mask;
mod names;
mod permissions;
mod provider;
mod run;
mod task;
mod tls;

pub use builder::{EcsTaskMigration, EcsTaskMigrationBuilder};
