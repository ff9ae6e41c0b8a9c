//! Prometheus as a source: [`PrometheusSource`] for counts per revision, [`PrometheusNumber`] for a number.
//!
//! ```no_run
//! use std::{sync::Arc, time::Duration};
//! use deployment_checks::metric::prometheus::{Preset, Prometheus};
//! use deployment_core::{judge::Threshold, metric::Query, watch::Watch};
//!
//! # fn f() -> deployment_core::Result<()> {
//! let prometheus = Prometheus::builder("http://prometheus:9090")?.build()?;
//! let source = Arc::new(prometheus.source(Preset::Convention.queries("version")?.up(r#"up{job="$service"}"#)?));
//! let judge = Threshold::error_rate(5.0)?.held_for(Duration::from_secs(300));
//! let watch = Watch::metrics(source, Query::default(), judge);
//! # let _ = watch;
//! # Ok(()) }
//! ```
//!
//! # Counting
//! PromQL's `increase()` extrapolates to a window's ends, gives fractions, and loses a counter's first value: two halves of a window do
//! not add up to the whole, and the first error of a fresh `code="500"` series is missed. A measurement must be exact, so the raw samples
//! are read and subtracted here:
//! - Both ends of a window are moved back to each instance's last scrape (as the stage moves them to whole seconds). Windows that touch
//!   still touch, and every request is in exactly one.
//! - A value below the one before it is a reset, and counts from zero. What came between the last scrape and the restart is lost, as
//!   everywhere in Prometheus.
//! - A series that appears on an instance that was being scraped counts from zero. A new instance is [`Churn`].
//! - *No data*: no series; no scrape at or after the window's end, or within two and a half intervals before its beginning; no scrape
//!   inside; a failed scrape, if [`Queries::up`] is given; a sample that is `NaN`, infinite or negative; a warning of the server.
//!   Zero: series that are there and do not grow.
//! - Several series are added up. The same one by two replicas or jobs is refused.
//! - Buckets are cumulative and are subtracted from one another. The one without a bound (`+Inf`) is kept as `u64::MAX` microseconds:
//!   `histogram_quantile` would say the highest bound instead, which is too good to be true.
//! - Native histograms are not read, and refused by name.

mod answer;
mod builder;
mod latency;
mod measure;
mod number;
mod preset;
mod promql;
mod queries;
mod selector;
mod series;
mod server;
mod source;
mod span;

pub use builder::PrometheusBuilder;
pub use number::PrometheusNumber;
pub use preset::Preset;
pub use queries::Queries;
pub use series::{Answer, Series};
pub use server::Prometheus;
pub use source::{Churn, PrometheusSource};
