//! Metrics and alarms of CloudWatch.
//!
//! | to | use |
//! |---|---|
//! | judge a candidate by requests, errors and latencies | [`CloudWatchSource`], a [`MetricSource`](deployment_core::metric::MetricSource) |
//! | keep processors, memory, connections within limits | [`Limits`], a [`HealthCheck`](deployment_core::health::HealthCheck) |
//! | start only while no alarm fires, and roll back when one does | [`Alarms`], a gate and a health check |
//!
//! # Counting
//! CloudWatch keeps samples in *periods*, and tells statistics of each: a minute's `Sum` of requests, its `p95` of response times.
//! - Deployments ask about whole periods. Of other windows both ends are moved back to where a period begins: windows that touch still touch,
//!   and every request is in exactly one. A window in which no period ends is *no data*.
//! - A period's data is complete only some time after it: [3 minutes](CloudWatchSource::delay) unless told otherwise. Windows end that long
//!   before now, and what is asked earlier is *no data*.
//! - Requests without a datapoint are *no data*: they may be late, in another region, or of other dimensions. They are zero where the
//!   [witness](Counts::witness) has a datapoint, which for a target group is `HealthyHostCount`.
//! - Errors without a datapoint are zero where the requests have one: a load balancer does not publish a `5XX` count of zero.
//! - Latencies are told by quantiles and their number of samples, and become a histogram whose quantiles are those, exactly. Where two fall on
//!   one request (p95 and p99 of fewer than 20 samples, p99 and the longest of fewer than 100), the higher one is told. A window of
//!   several periods has the histograms of all of them together: then a quantile is not below the true one, and may be above it.
//! - An answer that is `PartialData`, `InternalError` or `Forbidden` is an error, never less data.
//!
//! Tested over the wire against an emulator; never yet run against AWS.

mod alarms;
mod client;
mod counts;
mod data;
#[cfg(feature = "capacity")]
mod latest;
mod limits;
mod measure;
mod metric;
mod period;
mod precondition;
mod quantile;
mod source;
mod target_group;

pub use alarms::{Alarms, Firing, Insufficient};
pub use client::CloudWatch;
pub use counts::{Counts, LatencyUnit};
pub use limits::{Limit, Limits};
pub use metric::{Metric, Statistic};
pub use period::Period;
pub use source::CloudWatchSource;
pub use target_group::TargetGroup;
