//! What this journal says when it refuses, beside what every journal says.

use deployment_core::{Error, ErrorKind, Status};

pub(super) use deployment_core::journal::refusal::{claimed, exists, fenced, lease_moved, no_such, out_of_order};

/// What is stored does not check out.
pub(super) fn corrupt(operation: &'static str, pk: &str, sk: &str, what: &str) -> Error {
    let message = format!("the journal is damaged: {what}; restore the table to a point in time, or end this deployment by hand");
    Error::new(ErrorKind::Corrupt, operation, message).with("pk", pk).with("sk", sk)
}

/// What is stored is whole, but not for this build.
pub(super) fn incompatible(operation: &'static str, pk: &str, sk: &str, what: &str) -> Error {
    Error::new(ErrorKind::Incompatible, operation, format!("{what}; use a newer build of this library")).with("pk", pk).with("sk", sk)
}

/// Others were faster again and again.
pub(super) fn contended(operation: &'static str) -> Error {
    Error::new(ErrorKind::Conflict, operation, "others change it at the same time again and again; try again")
        .with_status(Status::Temporary)
}
