//! gRPC's health protocol.

mod bad;
mod played;
mod real;
