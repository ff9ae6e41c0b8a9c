//! Mail servers.

mod builder;
mod check;
mod dialogue;

pub use builder::SmtpCheckBuilder;
pub use check::SmtpCheck;
