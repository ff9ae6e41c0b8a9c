//! Many checks' reports as one [`Score`] from 0 to 100, in three levels and five bands, with the reasons in words.
//!
//! A [`HealthScore`] is itself a [`HealthCheck`](deployment_core::health::HealthCheck): watch it, or use it in a plan. Every rule and
//! default is on the page `docs/checks/score.md`.
//!
//! ```
//! use deployment_checks::score::{Band, HealthScore, ScoredCheck};
//! use deployment_core::{health::{self, HealthCheck, HealthReport, HealthStatus}, testkit::sample};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
//! let ready = health::from_fn("ready", |_| async { Ok(HealthReport::healthy("200 in 4 ms")) });
//! let latency = health::from_fn("latency", |_| async { Ok(HealthReport::degraded(60, "p95 is 480 ms")) });
//! let orders = health::from_fn("orders", |_| async { Ok(HealthReport::healthy("12 per second")) });
//!
//! let shop = HealthScore::builder("shop")
//!     .check(ScoredCheck::basic(ready).required())
//!     .check(ScoredCheck::performance(latency))
//!     .check(ScoredCheck::business(orders))
//!     .build()?;
//!
//! let score = shop.score(&sample::health(sample::NOON)).await;
//! assert_eq!((score.score, score.band), (Some(86.0), Some(Band::Good)));
//! assert_eq!(score.reasons(), ["latency (performance) takes 14 points: p95 is 480 ms"]);
//! assert_eq!(shop.check(&sample::health(sample::NOON)).await?.status, HealthStatus::Healthy);
//! # Ok(()) }
//! ```

mod band;
mod check;
mod combine;
mod level;
mod result;
mod verdict;

pub use band::Band;
pub use check::{HealthScore, HealthScoreBuilder, ScoredCheck};
pub use combine::Weighed;
pub use level::{Level, LevelWeights};
pub use result::{CheckScore, LevelScore, Score};
