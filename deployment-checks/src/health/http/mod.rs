//! HTTP: any endpoint, and the endpoints `/health…` with the bodies that they usually have.

mod builder;
mod check;
mod dependency;
mod rules;
mod standard;
mod word;

pub use builder::HttpCheckBuilder;
pub use check::HttpCheck;
pub use dependency::Dependency;
pub use rules::HealthBodyRules;
pub use standard::HealthBody;
