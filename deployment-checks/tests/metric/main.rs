//! Metric sources against real and hostile servers, and comparisons of before and after.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![allow(dead_code, unreachable_pub, unused_imports, reason = "`support` is shared, and each program uses a part of it")]

#[path = "../servers/mod.rs"]
mod servers;
#[path = "../checks/support/mod.rs"]
mod support;

mod alerts;
mod compare;
mod compare_latency;
mod compare_prometheus;
mod compare_quiet;
mod history;
mod json;
mod json_fields;
mod live;
mod outage;
mod prometheus;
mod prometheus_answers;
mod prometheus_bad;
mod prometheus_churn;
mod secrets;
