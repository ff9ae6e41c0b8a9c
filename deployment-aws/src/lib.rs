//! AWS plugins for [`deployment_core`].
//!
//! | to | see | feature |
//! |---|---|---|
//! | keep deployments where several machines can drive them | `dynamodb::DynamoJournal` | `dynamodb` |
//! | judge by requests, errors and latencies; keep load within limits; heed alarms | `cloudwatch` | `cloudwatch` |
//! | let ECS roll out a service, watched and verified | `ecs::EcsRolling` | `ecs` |
//! | keep the automatic scaling of a service still meanwhile | `ecs::ScalingPaused` | `ecs` |
//! | deploy blue/green or as a canary to two services of ECS | `ecs::EcsBlueGreen` | `ecs` |
//! | split traffic between target groups of an application load balancer | `alb::AlbRouter` | `ecs` |
//! | see that service discovery knows the tasks of a service, and no others | `discovery::Registered` | `discovery` |
//! | find everything that is wrong before anything is touched | `preflight::Preflight` | any |
//! | print the policy that a deployment needs, and find what is not allowed | `preflight::Permissions` | `iam` |
//! | find before anything is touched that there is no room for it: addresses, vCPUs, instances | `preflight::Capacity` | `capacity` |
//! | refuse the wrong account and the wrong region | `preflight::Account` | any |
//! | back up a database before it is changed | `rds::RdsSnapshot`, `rds::RdsClusterSnapshot` | `rds` |
//! | migrate a database by a one-off task | `ecs::migration::EcsTaskMigration` | `ecs` |
//!
//! Without features the crate builds no SDK.
//!
//! ```no_run
//! # #[cfg(feature = "dynamodb")] mod example {
//! use deployment_aws::dynamodb::DynamoJournal;
//! use deployment_core::{Ended, Orchestrator, Plan, Plugins, Result};
//!
//! async fn deploy(plan: &Plan, plugins: Plugins) -> Result<Ended> {
//!     let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
//!     let journal = DynamoJournal::new(&config, "deployments");
//!     journal.create_table().await?; // once; again it changes nothing
//!     Orchestrator::builder(journal, plugins).build().run(plan).await
//! }
//! # }
//! ```
//!
//! # Common to all
//! - Configuration is an `aws_config::SdkConfig`: region, credentials and endpoint are found as for every other tool of AWS.
//! - The SDK's own retries are turned off: there is one layer that tries again. For the journal that is the journal, for everything that a
//!   deployment calls it is the engine.
//! - Every error of the SDK becomes a [`deployment_core::Error`] in one place: throttling is `RateLimited`, a change whose answer was lost is
//!   *in doubt*, a refusal names the action that is not allowed.
//! - Tested over the wire against an emulator; never yet run against AWS.

#[cfg(feature = "ecs")]
pub mod alb;
#[cfg(any(feature = "ecs", feature = "rds"))]
mod arn;
#[cfg(feature = "sdk")]
mod client;
#[cfg(feature = "cloudwatch")]
pub mod cloudwatch;
#[cfg(feature = "discovery")]
pub mod discovery;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
#[cfg(feature = "ecs")]
pub mod ecs;
#[cfg(feature = "sdk")]
mod error;
#[cfg(feature = "sdk")]
pub mod preflight;
#[cfg(feature = "rds")]
pub mod rds;

#[cfg(all(doctest, feature = "capacity", feature = "discovery", feature = "dynamodb", feature = "iam", feature = "rds"))]
mod pages {
    #[doc = include_str!("../../docs/aws.md")]
    mod overview {}
    #[doc = include_str!("../../docs/aws/journal.md")]
    mod journal {}
    #[doc = include_str!("../../docs/aws/services.md")]
    mod services {}
    #[doc = include_str!("../../docs/aws/blue-green.md")]
    mod blue_green {}
    #[doc = include_str!("../../docs/aws/migrations.md")]
    mod migrations {}
    #[doc = include_str!("../../docs/aws/backups.md")]
    mod backups {}
    #[doc = include_str!("../../docs/aws/metrics.md")]
    mod metrics {}
}
