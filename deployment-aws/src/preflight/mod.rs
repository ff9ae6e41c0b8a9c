//! What must be true before anything is touched: [`Preflight`] looks at all of it, [`Account`] at whose account it is.
//!
//! | what | looks at |
//! |---|---|
//! | [`Account`] | whose credentials these are, and the region |
//! | `ecs::EcsRolling` | the service, what it runs, a missing role or one of another account, whether another rollout is under way |
//! | `ecs::EcsBlueGreen` | both services, what they run, roles as above, the rule, the target groups, listeners for tests, callers past the load balancer |
//! | `discovery::Registered` | the registries, who looks after health there, how long names are kept, the tasks as they are registered now |
//! | `alb::AlbRouter` | the rule, the listeners, the target groups |
//! | `ecs::ScalingPaused` | whether automatic scaling may be read, and stands still already |
//! | `ecs::migration::EcsTaskMigration` | the cluster, the task definition, its container, roles as above, that TLS is demanded |
//! | `rds::RdsSnapshot`, `rds::RdsClusterSnapshot` | the database, its encryption, the account's quotas of snapshots and databases |
//! | `cloudwatch::Alarms` | that they exist, and whether one fires |
//! | `cloudwatch::CloudWatch` | whether metrics may be read |
//! | `dynamodb::DynamoJournal` | the table and its keys |
//!
//! Whether what all of them need while the deployment runs is there, each by a feature of its own:
//!
//! | against | looks at |
//! |---|---|
//! | `Permissions` (`iam`) | what whoever deploys may do, and the execution roles of tasks, by IAM's simulator |
//! | `Capacity` (`capacity`) | free addresses of subnets, Fargate's quotas and their usage, what is left on instances |
//!
//! What is needed says so by [`Needs`], and [`Needs::policy`] prints it as a policy of IAM; what it is compared with is a [`Supply`].
//!
//! Tested over the wire against an emulator; never yet run against AWS.

mod account;
#[cfg(feature = "capacity")]
mod capacity;
mod findings;
mod needs;
#[cfg(feature = "iam")]
mod permissions;
mod policy;
mod precondition;
mod supply;
mod whole;

pub use account::Account;
#[cfg(feature = "capacity")]
pub use capacity::Capacity;
pub use findings::Findings;
#[cfg(any(feature = "ecs", feature = "dynamodb", feature = "rds"))]
pub(crate) use needs::there;
pub use needs::{Needs, Permission, Place, Principal, Tasks};
#[cfg(feature = "iam")]
pub use permissions::Permissions;
pub use precondition::Precondition;
#[cfg(feature = "ecs")]
pub(crate) use precondition::check;
pub use supply::Supply;
pub use whole::Preflight;
