//! Why a call was refused.

use std::{error::Error, fmt};

use serde::{Deserialize, Serialize};

/// A call that was refused and changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// For a program.
    pub kind: RefusalKind,
    /// For a person.
    pub message: String,
}

/// Why a call was refused, for a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The call itself makes no sense.
    Invalid,
    /// There is no such endpoint, service, revision or rollout.
    Unknown,
    /// A higher epoch of this deployment was seen: somebody else drives it now.
    StaleEpoch,
    /// The token stands for another effect.
    TokenReused,
    /// The revision has no healthy instance.
    NotHealthy,
    /// The revision still has traffic, or a test rule leads to it.
    StillRouted,
    /// The stage runs a rollout of this service.
    RolloutInProgress,
}

impl Refusal {
    pub(crate) fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Invalid, message)
    }

    pub(crate) fn unknown(what: &str, name: &str) -> Self {
        Self::new(RefusalKind::Unknown, format!("there is no {what} {name:?}"))
    }

    /// The HTTP status that carries it.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self.kind {
            RefusalKind::Invalid => 400,
            RefusalKind::Unknown => 404,
            _ => 409,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Refusal {}
