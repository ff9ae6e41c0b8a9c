//! A suite per trait, which any implementer's test can call.

mod journal;

pub use journal::{journal, journal_rules};
