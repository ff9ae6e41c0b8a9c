//! What the journal says when it refuses.

use deployment_core::{
    DeploymentId, EnvironmentName, Error, ErrorKind, ServiceName,
    journal::{Lease, LeaseState},
};

pub(super) fn no_such(operation: &'static str, deployment: &DeploymentId) -> Error {
    Error::new(ErrorKind::NotFound, operation, "there is no such deployment in this journal; list shows those that are")
        .with("deployment", deployment)
}

pub(super) fn exists(deployment: &DeploymentId) -> Error {
    Error::new(ErrorKind::Conflict, "create", "this deployment exists already; resume it, or start another one under a new id")
        .with("deployment", deployment)
}

/// The caller's epoch is not the one that may write; `latest` is what stands.
pub(super) fn fenced(operation: &'static str, lease: &Lease, latest: Option<&LeaseState>) -> Error {
    let message = match latest {
        None => "nobody holds the lease; acquire it before writing".to_owned(),
        Some(state) if state.epoch == lease.epoch => "this lease was given up; acquire it again before writing".to_owned(),
        Some(state) => format!("{} drives this deployment now, under epoch {}; stop this run", state.holder, state.epoch),
    };
    Error::new(ErrorKind::Fenced, operation, message).with("deployment", &lease.deployment).with("epoch", lease.epoch)
}

pub(super) fn out_of_order(deployment: &DeploymentId, asked: u64, next: u64) -> Error {
    let message = format!("the next entry is number {next}, not {asked}; read the chain again and go on from its end");
    Error::new(ErrorKind::Conflict, "append", message).with("deployment", deployment)
}

pub(super) fn lease_moved(deployment: &DeploymentId, now: Option<&LeaseState>) -> Error {
    let message = match now {
        Some(state) => format!("the lease has changed: {} holds epoch {}; watch it again before taking it", state.holder, state.epoch),
        None => "the lease has changed: nobody has ever held it; look again before taking it".to_owned(),
    };
    Error::new(ErrorKind::Conflict, "acquire", message).with("deployment", deployment)
}

pub(super) fn claimed(service: &ServiceName, environment: &EnvironmentName, by: &DeploymentId) -> Error {
    let message = format!("deployment {by} is active here; wait for it, or end it first");
    Error::new(ErrorKind::Conflict, "claim", message).with("service", service).with("environment", environment)
}

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
        .with_status(deployment_core::Status::Temporary)
}
