//! Service discovery: whether AWS Cloud Map knows the tasks of services, and no others: [`Registered`].
//!
//! ECS registers the tasks of a service that has a registry, and takes them out again; deployments of this crate leave the registry as it
//! is. That it is *so* shows only in Cloud Map: an instance that somebody has taken out, a registration that failed or stays behind.
//! Callers find a task there or nowhere, whatever ECS and its health checks say.
//!
//! # What ECS does
//! An instance has the task's id, and says by its attributes which service and cluster it is of; what others have registered is left
//! aside. A task is registered before it is `RUNNING`. Where the registry was made with `HealthCheckCustomConfig`, ECS reports what the
//! health checks of the containers say, and Cloud Map waits for about 30 seconds until it shows that. A service has one registry at most.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html>,
//! <https://docs.aws.amazon.com/cloud-map/latest/api/API_HealthCheckCustomConfig.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRegistry.html>.
//!
//! # Lag
//! So for some 30 to 60 seconds after a task has started or stopped it is normal that Cloud Map does not show it as ECS does. The check
//! tells what is there; how long that is borne is its watch's to say. After a rollout that is
//! [`Tolerance::lasting`](deployment_core::judge::Tolerance::lasting) of two minutes, in a bake that is longer than that. Names that were
//! resolved before stay with callers for the record's TTL; that shows nowhere, and the preflight warns where it is longer than a minute.
//!
//! Tested over the wire against an emulator; never yet run against AWS.

mod arn;
mod check;
mod cloud_map;
mod look;
mod pages;
mod precondition;
mod registered;
mod tasks;
mod told;

pub use registered::Registered;
