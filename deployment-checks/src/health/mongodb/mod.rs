//! MongoDB 4.4.2 or later, and DocumentDB 5 or later.

mod builder;
mod check;
mod judge;
mod session;
mod state;
mod tunnel;

pub use builder::MongoCheckBuilder;
pub use check::MongoCheck;
