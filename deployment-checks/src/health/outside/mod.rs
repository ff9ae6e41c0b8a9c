//! What the world sees of a service.

mod builder;
mod check;
mod closed;
mod redirect;

pub use builder::OutsideCheckBuilder;
pub use check::OutsideCheck;
