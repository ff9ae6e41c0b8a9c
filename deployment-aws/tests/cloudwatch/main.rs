//! Metrics and alarms of CloudWatch, over the wire.
#![cfg(feature = "cloudwatch")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../cloud/mod.rs"]
mod cloud;

mod alarms;
mod alerted;
mod canary;
mod limits;
mod on_the_way;
mod put;
mod shop;
mod source;
mod support;
mod the_cloud;
