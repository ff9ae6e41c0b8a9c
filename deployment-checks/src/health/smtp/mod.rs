//! Mail servers.

mod builder;
mod check;
mod dialogue;

pub use builder::SmtpBuilder;
pub use check::SmtpCheck;
