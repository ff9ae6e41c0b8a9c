//! Time as data: [`Timestamp`], and the [`Clock`] that is asked for it in one place.

mod clock;
mod timestamp;

pub use clock::{Clock, SystemClock};
pub use timestamp::{Timestamp, Window};

pub mod seconds;
