//! What the sources of an error say about how far the request came.

use std::{error::Error, iter};

use aws_credential_types::provider::error::CredentialsError;

/// How far a request came that had no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// There was nobody to sign it as.
    NoCredentials,
    /// No connection was made.
    NoConnection,
    /// Nobody knows.
    Unknown,
}

pub(crate) fn reached(error: &(dyn Error + 'static)) -> Reached {
    if chain(error).any(|cause| cause.is::<CredentialsError>()) {
        return Reached::NoCredentials;
    }
    let unconnected = |cause: &(dyn Error + 'static)| {
        cause.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(hyper_util::client::legacy::Error::is_connect)
    };
    if chain(error).any(unconnected) { Reached::NoConnection } else { Reached::Unknown }
}

/// The sources of an error in one line: the SDK's own `Display` says no more than "dispatch failure".
pub(crate) fn told(error: &(dyn Error + 'static)) -> String {
    let mut lines: Vec<String> = chain(error).map(ToString::to_string).collect();
    lines.dedup();
    lines.join(": ")
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}
