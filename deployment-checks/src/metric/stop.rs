//! How the reading of an answer ends early.

use deployment_core::{
    Error, ErrorKind, Result,
    metric::{Measurement, Reading},
};

/// Why there is no measurement.
pub(super) enum Stop {
    NoData(String),
    Fail(Error),
}

impl Stop {
    pub(super) fn no_data(reason: impl Into<String>) -> Self {
        Self::NoData(reason.into())
    }

    pub(super) fn fail(message: impl Into<String>) -> Self {
        Self::Fail(Error::new(ErrorKind::Failed, "read metrics", message))
    }
}

pub(super) fn reading(measured: Result<Measurement, Stop>) -> Result<Reading> {
    match measured {
        Ok(measurement) => Ok(Reading::Measured(measurement)),
        Err(Stop::NoData(reason)) => Ok(Reading::NoData { reason }),
        Err(Stop::Fail(error)) => Err(error),
    }
}
