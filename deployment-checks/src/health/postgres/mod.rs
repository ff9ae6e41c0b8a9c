//! `PostgreSQL`, 14 or later.

mod builder;
mod check;
mod dsn;
mod judge;
mod session;
mod state;
mod tls;
mod trouble;

pub use builder::PostgresCheckBuilder;
pub use check::PostgresCheck;
