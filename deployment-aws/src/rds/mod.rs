//! Backups by snapshots of RDS, Aurora and DocumentDB: [`RdsSnapshot`] and [`RdsClusterSnapshot`].
//!
//! ```no_run
//! use std::time::Duration;
//! use deployment_aws::rds::{Placement, RdsSnapshot, RestoredDatabase, check_fn};
//! use deployment_core::{Plugins, Result};
//!
//! # async fn count_orders(_host: &str, _port: u16) -> Result<u64> { Ok(1) }
//! async fn plugins(plugins: Plugins) -> Result<Plugins> {
//!     let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
//!     let backups = RdsSnapshot::new(&config, "orders-db")?
//!         .trial(Placement::new().class("db.t4g.medium").subnet_group("private").security_groups(["sg-0123456789abcdef0"]))
//!         .queried_by(check_fn("orders can be counted", |database: RestoredDatabase| async move {
//!             count_orders(&database.host, database.port).await.map(drop)
//!         }));
//!     plugins.backup("orders", backups) // then PlanBuilder::backup("orders")
//! }
//! ```
//!
//! # What is there, and whose it is
//! A snapshot, and whatever is restored, has tags: the deployment, the step, what it is for, which database it is of, and the backup's name.
//! Nothing without them is ever changed or removed. The tags are the catalogue: how well a backup is verified is one of them.
//!
//! | level | what was done |
//! |---|---|
//! | `Exists` | it was looked up |
//! | `Complete` | AWS says that it is available; it is of this database, and encrypted |
//! | `Restored` | a database was made from it, got available and has an endpoint; it was removed again |
//! | `Queried` | besides, a [`DatabaseCheck`] has asked it |
//!
//! A verification's database has a name that follows from the backup's. A process that dies in between is taken up with that database; one that
//! is never taken up leaves it to [`remove_leftovers`](Snapshots::remove_leftovers).
//!
//! With [`copied_to`](Snapshots::copied_to) a backup has a copy in another region, which is complete before the backup counts as verified.
//!
//! Tested over the wire against an emulator; never yet run against AWS.

mod calls;
mod check;
mod cluster;
mod copies;
mod destination;
mod instance;
mod making;
mod names;
mod permissions;
mod placement;
mod plane;
mod precondition;
mod provider;
mod restore;
mod retention;
mod snapshots;
mod states;
mod tags;
mod trial;

pub use check::{DatabaseCheck, RestoredDatabase, check_fn};
pub use destination::Destination;
pub use placement::Placement;
pub use plane::PointInTime;
pub use snapshots::{Cluster, Instance, RdsClusterSnapshot, RdsSnapshot, Snapshots};
