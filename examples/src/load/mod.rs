//! Steady traffic: an open model without retries.
//!
//! Requests are due at fixed times and sent then, however long earlier ones take, and each one's latency counts from when it
//! was due. So a service that stands still is seen as it is by its users, not as by a client that politely waits for it.

mod options;
mod report;
mod role;
mod run;
mod tally;

pub use options::LoadOptions;
pub use report::{LoadReport, Quantiles, VersionReport};
pub(crate) use role::Begun;
pub use role::run;
pub use run::Load;
