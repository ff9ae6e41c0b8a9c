//! The stage's process: its services' fronts, its control endpoint, and who may give orders.

mod control;
mod fence;
mod front;
mod options;
mod orders;
mod run;

pub use options::{ServiceSpec, StageOptions};
pub use run::{Addresses, StageServer};
