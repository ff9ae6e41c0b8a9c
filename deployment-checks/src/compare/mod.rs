//! Before and after: the same questions about a stretch of time before a deployment and one after it, with limits.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use deployment_checks::compare::{Compare, Limit, Question, Verdict};
//! use deployment_core::{memory::MemoryTarget, metric::Query, testkit::sample};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> deployment_core::Result<()> {
//! let target = MemoryTarget::builder().serving(sample::release("1"), 2).build();
//! let serving = target.snapshot().revisions[0].id.clone();
//! tokio::time::sleep(Duration::from_secs(1_200)).await;
//!
//! // The target's buckets end at 10, 25 and 50 ms: a limit below 150 % could not be told.
//! let latency = Limit::Latency { quantile: 0.95, percent: 150.0 };
//! let compare = Compare::builder()
//!     .ask(Question::requests(Arc::new(target.metrics()), Query::default()).limits([Limit::ErrorRate { times: 2.0 }, latency]))
//!     .started_at(sample::NOON + Duration::from_secs(600))
//!     .windows(Duration::from_secs(300), Duration::from_secs(300))
//!     .revisions(serving.clone(), serving)
//!     .build()?;
//! let later = sample::deployment(sample::NOON + Duration::from_secs(1_200));
//! let comparison = compare.run(&later, &"backend".parse()?).await?;
//! assert_eq!(comparison.verdict(), Verdict::Pass, "{comparison}");
//! # Ok(()) }
//! ```
//!
//! | limit | default | source |
//! |---|---|---|
//! | error rate | at most 2 × that before | deployment guide |
//! | p95 | at most +25 % of that before | deployment guide |
//! | success | at least 99.5 %, whatever it was before | deployment guide |
//! | processor, memory, connections | at most 80 % | deployment guide |
//! | a business rate | at most 20 % less than before | ours |
//! | requests on either side | at least 100, else *unknown* | ours |
//!
//! *Unknown* is neither pass nor fail: no data, too few requests, a source that cannot be asked, a window that is not over, buckets of a
//! histogram that are too wide to tell whether a latency rose. A baseline of
//! zero is defined: errors are then compared with one error among the requests of the smaller side, latencies with a millisecond, and a
//! business rate has nothing to drop from, which is unknown.

mod builder;
mod check;
mod errors;
mod judge;
mod latency;
mod limit;
mod question;
mod result;
mod run;
mod start;

pub use builder::CompareBuilder;
pub use check::CompareCheck;
pub use limit::{Limit, Weight};
pub use question::Question;
pub use result::{Comparison, Finding, Verdict};
pub use run::Compare;
