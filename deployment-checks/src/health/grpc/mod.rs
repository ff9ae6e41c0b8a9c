//! gRPC's health protocol.

mod builder;
mod call;
mod check;
mod message;

pub use builder::GrpcCheckBuilder;
pub use check::GrpcCheck;
