//! The one error type of the library, and what a retry needs to know of it.

use std::fmt;

/// What a failed operation says about the world.
///
/// A retry asks this, never the text of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It did not happen, and trying again may help.
    Temporary,
    /// It did not happen, and trying again will not help.
    Permanent,
    /// It may have happened: the answer was lost. The target must be observed before anything is repeated.
    InDoubt,
}

/// What went wrong, in a form that a program can match on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument, a plan or a configuration is wrong. The message names the field and the fix.
    InvalidInput,
    /// The thing asked for does not exist.
    NotFound,
    /// The thing exists already, or somebody else holds it.
    Conflict,
    /// The target or plugin cannot do this at all.
    Unsupported,
    /// The control plane could not be reached or gave no answer in time.
    Unreachable,
    /// Credentials are missing, expired or not allowed to do this.
    Unauthorized,
    /// The control plane asked to be called less often.
    RateLimited,
    /// The caller's epoch is older than one that was seen: another process drives now.
    Fenced,
    /// Stored data does not check out. Nothing was changed.
    Corrupt,
    /// The stored format, a plan or a plugin's description is not one that this build can go on with.
    Incompatible,
    /// The disk or the store failed or is full.
    Storage,
    /// The operation was tried and failed.
    Failed,
}

impl ErrorKind {
    /// Whether the way to the control plane is what failed, rather than the change itself.
    ///
    /// Such an error, at a step's deadline, halts the deployment instead of rolling it back: a rollback would meet
    /// the same wall, and the release has not been shown to be bad.
    #[must_use]
    pub fn is_access(self) -> bool {
        matches!(self, Self::Unreachable | Self::Unauthorized | Self::RateLimited)
    }
}

/// An error: kind, status, the operation that failed, its context and its source.
///
/// `Display` is one line; `Debug` is a small report with the context and the chain of sources.
///
/// ```
/// use deployment_core::{Error, ErrorKind, Status};
///
/// let error = Error::new(ErrorKind::Unreachable, "observe", "no answer within 5 s").with("target", "backend");
/// assert_eq!(error.status(), Status::Temporary);
/// assert_eq!(error.to_string(), "observe: no answer within 5 s (target: backend)");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    status: Status,
    operation: &'static str,
    message: String,
    context: Vec<(&'static str, String)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A result with the library's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` in `operation`, with a sentence that helps. The status follows from the kind: trouble on the way to the
    /// control plane ([`ErrorKind::is_access`]) is [`Status::Temporary`], the rest [`Status::Permanent`], storage trouble included: a full or
    /// failing disk does not mend itself within a step. See [`Error::with_status`] and [`Error::in_doubt`] where more is known.
    #[must_use]
    pub fn new(kind: ErrorKind, operation: &'static str, message: impl Into<String>) -> Self {
        let status = if kind.is_access() { Status::Temporary } else { Status::Permanent };
        Self(Box::new(Inner { kind, status, operation, message: message.into(), context: Vec::new(), source: None }))
    }

    /// Bad input: `field` is what is wrong with `message` saying how to mend it.
    #[must_use]
    pub fn invalid(field: &'static str, message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::InvalidInput, "validate", format!("{field}: {message}"))
    }

    /// The same error, with the effect in doubt: it may have happened.
    #[must_use]
    pub fn in_doubt(self) -> Self {
        self.with_status(Status::InDoubt)
    }

    /// The same error with another status.
    #[must_use]
    pub fn with_status(mut self, status: Status) -> Self {
        self.0.status = status;
        self
    }

    /// The same error with one more fact about where it happened.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.0.context.push((key, value.to_string()));
        self
    }

    /// The same error with its cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What it says about the world.
    #[must_use]
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// The operation that failed.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.operation, self.0.message)?;
        for (i, (key, value)) in self.0.context.iter().enumerate() {
            write!(f, "{}{key}: {value}", if i == 0 { " (" } else { ", " })?;
        }
        if !self.0.context.is_empty() {
            f.write_str(")")?;
        }
        match &self.0.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.0.operation, self.0.message)?;
        writeln!(f, "  kind: {:?}, status: {:?}", self.0.kind, self.0.status)?;
        for (key, value) in &self.0.context {
            writeln!(f, "  {key}: {value}")?;
        }
        let mut cause = std::error::Error::source(self);
        while let Some(source) = cause {
            writeln!(f, "  because: {source}")?;
            cause = source.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// An error as a journal keeps it: what a later reader and the engine's decisions need.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Failure {
    /// What went wrong.
    pub kind: ErrorKind,
    /// What it says about the world.
    pub status: Status,
    /// The error's one line.
    pub message: String,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self { kind: error.kind(), status: error.status(), message: error.to_string() }
    }
}
