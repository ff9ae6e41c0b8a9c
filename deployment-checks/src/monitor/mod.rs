//! Many checks on their own intervals: [`HealthMonitor`].
//!
//! One task keeps a queue of what is due; a look is a short task of its own, so a check that hangs or panics holds up nobody. First looks
//! are spread over the interval, later ones jitter, and only so many run at once. What changed comes as a [`Feed`] that never makes the
//! checks wait. Every rule and default is on the page `docs/checks/monitor.md`.
//!
//! ```
//! use std::time::Duration;
//! use deployment_checks::monitor::{HealthMonitor, Monitored, State};
//! use deployment_core::{EnvironmentName, ServiceName, health::{self, HealthReport}};
//! use futures::StreamExt;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
//! let monitor = HealthMonitor::builder(ServiceName::new("shop")?, EnvironmentName::new("production")?).start()?;
//! let mut changes = monitor.changes();
//!
//! let ready = health::from_fn("ready", |_| async { Ok(HealthReport::healthy("200 in 4 ms")) });
//! monitor.add(Monitored::new("ready", ready).every(Duration::from_millis(50)).timeout(Duration::from_millis(20)))?;
//!
//! let change = changes.next().await.expect("the monitor runs");
//! assert_eq!((change.check.as_str(), change.from, change.to), ("ready", State::Unknown, State::Up));
//! assert_eq!(monitor.snapshot().count(State::Up), 1);
//! # Ok(()) }
//! ```

mod feed;
mod handle;
mod hysteresis;
mod monitored;
mod run;
mod schedule;
mod shared;
mod state;
mod table;

pub use feed::Feed;
pub use handle::{HealthMonitor, HealthMonitorBuilder};
pub use monitored::{Monitored, WhenOverdue};
pub use state::{Change, CheckState, Observed, Snapshot, State};
