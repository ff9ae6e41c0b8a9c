//! What a journal says when it refuses: the same kinds and sentences whichever store it is. For those who write a [`Journal`](super::Journal).

use super::{Lease, LeaseState};
use crate::{
    error::{Error, ErrorKind},
    id::{DeploymentId, EnvironmentName, ServiceName},
};

/// The deployment is not there.
#[must_use]
pub fn no_such(operation: &'static str, deployment: &DeploymentId) -> Error {
    Error::new(ErrorKind::NotFound, operation, "there is no such deployment in this journal; list shows those that are")
        .with("deployment", deployment)
}

/// The deployment is there already.
#[must_use]
pub fn exists(deployment: &DeploymentId) -> Error {
    Error::new(ErrorKind::Conflict, "create", "this deployment exists already; resume it, or start another one under a new id")
        .with("deployment", deployment)
}

/// The caller's epoch is not the one that may write; `latest` is what stands.
#[must_use]
pub fn fenced(operation: &'static str, lease: &Lease, latest: Option<&LeaseState>) -> Error {
    let message = match latest {
        None => "nobody holds the lease; acquire it before writing".to_owned(),
        Some(state) if state.epoch == lease.epoch => "this lease was given up; acquire it again before writing".to_owned(),
        Some(state) => format!("{} drives this deployment now, under epoch {}; stop this run", state.holder, state.epoch),
    };
    Error::new(ErrorKind::Fenced, operation, message).with("deployment", &lease.deployment).with("epoch", lease.epoch)
}

/// The append names a sequence number that it would not have.
#[must_use]
pub fn out_of_order(deployment: &DeploymentId, asked: u64, next: u64) -> Error {
    let message = format!("the next entry is number {next}, not {asked}; read the chain again and go on from its end");
    Error::new(ErrorKind::Conflict, "append", message).with("deployment", deployment)
}

/// The lease does not stand as the caller saw it.
#[must_use]
pub fn lease_moved(deployment: &DeploymentId, now: Option<&LeaseState>) -> Error {
    let message = match now {
        Some(state) => format!("the lease has changed: {} holds epoch {}; watch it again before taking it", state.holder, state.epoch),
        None => "the lease has changed: nobody has ever held it; look again before taking it".to_owned(),
    };
    Error::new(ErrorKind::Conflict, "acquire", message).with("deployment", deployment)
}

/// Another deployment is active for the service in the environment.
#[must_use]
pub fn claimed(service: &ServiceName, environment: &EnvironmentName, by: &DeploymentId) -> Error {
    let message = format!("deployment {by} is active here; wait for it, or end it first");
    Error::new(ErrorKind::Conflict, "claim", message).with("service", service).with("environment", environment)
}
