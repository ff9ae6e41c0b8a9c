//! Validation suites: smoke, API, integration and performance tests, before traffic and after.
//!
//! A [`Test`] is any [`HealthCheck`](deployment_core::health::HealthCheck) with a name. A [`Suite`] has tests and the rules of its
//! [`SuiteKind`]; a [`Validation`] runs suites until one fails, and is itself a health check that a deployment can demand. What a run has
//! shown is data, [`ValidationResult`]: to be printed, stored, or written as JUnit XML (feature `junit`). Validations can also be read
//! from YAML files (feature `yaml`).

mod background;
mod counts;
mod definition;
#[cfg(feature = "junit")]
mod junit;
mod kind;
mod render;
mod repeat;
mod result;
mod run;
mod test;
#[cfg(feature = "http")]
pub mod transaction;
mod tries;
mod validation;
#[cfg(feature = "yaml")]
pub mod yaml;

pub use background::Background;
pub use counts::TestCounts;
pub use definition::{OnFailure, Suite};
pub use kind::SuiteKind;
pub use repeat::Repeated;
pub use result::{Outcome, SuiteResult, TestResult, Try, ValidationResult};
pub use test::{Importance, Test};
pub use tries::backoff;
pub use validation::{Validation, ValidationBuilder};
