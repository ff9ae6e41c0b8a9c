//! Where numbers come from: implementations of [`MetricSource`](deployment_core::metric::MetricSource), and [`NumberSource`] for a
//! number that is not a count, such as a processor's load.
//!
//! | source | counts per revision | a number | feature |
//! |---|---|---|---|
//! | a Prometheus server | `prometheus::PrometheusSource` | `prometheus::PrometheusNumber` | `http` |
//! | a JSON document over HTTP | `json::JsonSource` | `json::JsonNumber` | `http` |
//! | anything else | your own | your own, or [`number_fn`] | |

#[cfg(feature = "http")]
mod access;
#[cfg(feature = "http")]
pub mod json;
mod number;
#[cfg(feature = "http")]
pub mod prometheus;
#[cfg(feature = "http")]
mod stop;
#[cfg(feature = "http")]
mod template;
#[cfg(feature = "http")]
mod unit;

pub use number::{Number, NumberSource, number_fn};
#[cfg(feature = "http")]
pub use unit::Unit;
