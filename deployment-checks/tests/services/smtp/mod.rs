//! Mail servers.

mod bad;
mod played;
mod real;
