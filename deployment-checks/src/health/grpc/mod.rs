//! gRPC's health protocol.

mod builder;
mod call;
mod check;
mod message;

pub use builder::GrpcBuilder;
pub use check::GrpcCheck;
