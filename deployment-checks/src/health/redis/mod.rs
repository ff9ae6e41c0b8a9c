//! Redis 6 or later, and Valkey.

mod builder;
mod check;
mod info;
mod judge;
mod session;

pub use builder::RedisCheckBuilder;
pub use check::RedisCheck;
