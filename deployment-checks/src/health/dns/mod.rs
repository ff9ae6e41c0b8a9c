//! What a name leads to.

mod builder;
mod check;
mod record;
mod rules;
mod source;
#[cfg(feature = "dns")]
mod wire;

pub use builder::DnsCheckBuilder;
pub use check::DnsCheck;
pub use record::Record;
