//! What is deployed: a [`Release`]; and what was: the [`History`].

mod entry;
mod history;

pub use entry::{HistoryEntry, Left, TargetEntry};
pub use history::History;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    id::ServiceName,
};

/// One version of a service, as it moves unchanged from one environment to the next.
///
/// ```
/// use deployment_core::{Release, ServiceName};
///
/// let release = Release::new(ServiceName::new("shop")?, "2.1.0").artifact("sha256:4bf5…").commit("9fceb02");
/// assert_eq!(release.to_string(), "shop 2.1.0");
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// What is deployed.
    pub service: ServiceName,
    /// Its version, for people.
    pub version: String,
    /// What exactly is run: an image digest (`sha256:…`) or another name that never means two things.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<String>,
    /// The commit that it was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Release notes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// What the target needs to know to run it, for instance a command line or a port.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
}

impl Release {
    /// A release of `service` with `version`.
    #[must_use]
    pub fn new(service: ServiceName, version: impl Into<String>) -> Self {
        Self { service, version: version.into(), artifact: None, commit: None, notes: String::new(), settings: BTreeMap::new() }
    }

    /// What exactly is run: an image digest, or another name that never means two things.
    #[must_use]
    pub fn artifact(mut self, artifact: impl Into<String>) -> Self {
        self.artifact = Some(artifact.into());
        self
    }

    /// The commit that it was built from.
    #[must_use]
    pub fn commit(mut self, commit: impl Into<String>) -> Self {
        self.commit = Some(commit.into());
        self
    }

    /// Release notes.
    #[must_use]
    pub fn notes(mut self, notes: impl Into<String>) -> Self {
        self.notes = notes.into();
        self
    }

    /// One thing that the target needs to know to run it.
    #[must_use]
    pub fn setting(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.insert(key.into(), value.into());
        self
    }

    /// What tells one release from another: the artifact, or the version where there is none, with the settings.
    #[must_use]
    pub fn runs_the_same_as(&self, other: &Self) -> bool {
        let same_artifact = match (&self.artifact, &other.artifact) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (None, None) => self.version == other.version,
            _ => false,
        };
        same_artifact && self.service == other.service && self.settings == other.settings
    }

    /// Checks that the artifact is a digest.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if there is none, or it is not `sha256:` and 64 hex digits.
    pub fn require_digest(&self) -> Result<()> {
        let digest =
            self.artifact.as_deref().and_then(|artifact| artifact.rsplit("sha256:").next().filter(|_| artifact.contains("sha256:")));
        match digest {
            Some(hex) if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(()),
            _ => Err(Error::invalid(
                "release.artifact",
                format!("{self} needs a digest here (sha256: and 64 hex digits), it has {:?}", self.artifact.as_deref().unwrap_or("none")),
            )),
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.service, self.version)
    }
}
