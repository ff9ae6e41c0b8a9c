//! The reference pipeline of a loan management system on AWS, as `docs/aws/reference.md` describes it: preflight, snapshot verified, expand
//! migration, canary by weights with triggers, contract migration.
//!
//! [`Names`] say which account and what is there. [`Pipeline`] makes plugins and a plan of them: the same for the test cloud and for AWS.

mod account;
mod names;
mod names_reader;
mod pipeline;
mod timeline;
mod triggers;

pub use account::{AccountOptions, deploy, deploy_in};
pub use names::Names;
pub use pipeline::Pipeline;
pub use timeline::{line, words};
pub use triggers::Trigger;
