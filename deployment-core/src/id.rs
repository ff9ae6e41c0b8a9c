//! Names and ids as types of their own, so that a target cannot be passed where a service is meant.

use std::{borrow::Borrow, fmt, hash, marker::PhantomData, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The longest id, in bytes.
pub const MAX_ID_LEN: usize = 200;

/// A name of some kind `K`: 1 to [`MAX_ID_LEN`] printable ASCII characters, no white space. Cheap to clone.
///
/// ```
/// use deployment_core::{ServiceName, id};
///
/// let service = ServiceName::new("loan-backend")?;
/// assert_eq!(service.as_str(), "loan-backend");
/// assert!(id::ServiceName::new("two words").unwrap_err().to_string().contains("service name"));
/// # Ok::<(), deployment_core::Error>(())
/// ```
pub struct Id<K> {
    text: Arc<str>,
    kind: PhantomData<fn() -> K>,
}

/// What an [`Id`] names. The constant is used in error messages.
pub trait IdKind {
    /// The kind in words: "service name".
    const WHAT: &'static str;
}

impl<K: IdKind> Id<K> {
    /// Checks and makes an id.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if it is empty, too long, or has a character that is
    /// not printable ASCII.
    pub fn new(text: impl AsRef<str>) -> Result<Self> {
        let text = text.as_ref();
        if text.is_empty() || text.len() > MAX_ID_LEN {
            return Err(Error::invalid(K::WHAT, format!("has {} bytes; give 1 to {MAX_ID_LEN}", text.len())));
        }
        if let Some(bad) = text.chars().find(|c| !c.is_ascii_graphic()) {
            return Err(Error::invalid(K::WHAT, format!("{text:?} has {bad:?}; use printable ASCII without spaces")));
        }
        Ok(Self { text: text.into(), kind: PhantomData })
    }

    /// An id from parts that are known to be valid: a literal of the library's own, or joined ids.
    pub(crate) fn made(text: impl AsRef<str>) -> Self {
        Self { text: text.as_ref().into(), kind: PhantomData }
    }
}

impl<K> Id<K> {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self { text: Arc::clone(&self.text), kind: PhantomData }
    }
}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<K> Borrow<str> for Id<K> {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.text)
    }
}

impl<K: IdKind> std::str::FromStr for Id<K> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::new(text).map_err(serde::de::Error::custom)
    }
}

/// The kinds of [`Id`].
pub mod kind {
    use super::IdKind;

    /// See [`ServiceName`](super::ServiceName).
    pub enum Service {}
    /// See [`EnvironmentName`](super::EnvironmentName).
    pub enum Environment {}
    /// See [`TargetName`](super::TargetName).
    pub enum Target {}
    /// See [`DeploymentId`](super::DeploymentId).
    pub enum Deployment {}
    /// See [`StepId`](super::StepId).
    pub enum Step {}
    /// See [`RevisionId`](super::RevisionId).
    pub enum Revision {}
    /// See [`Token`](super::Token).
    pub enum Launch {}
    /// See [`PluginName`](super::PluginName).
    pub enum Plugin {}
    /// See [`Actor`](super::Actor).
    pub enum Person {}
    /// See [`SignalId`](super::SignalId).
    pub enum Signal {}

    impl IdKind for Service {
        const WHAT: &'static str = "service name";
    }
    impl IdKind for Environment {
        const WHAT: &'static str = "environment name";
    }
    impl IdKind for Target {
        const WHAT: &'static str = "target name";
    }
    impl IdKind for Deployment {
        const WHAT: &'static str = "deployment id";
    }
    impl IdKind for Step {
        const WHAT: &'static str = "step id";
    }
    impl IdKind for Revision {
        const WHAT: &'static str = "revision id";
    }
    impl IdKind for Launch {
        const WHAT: &'static str = "token";
    }
    impl IdKind for Plugin {
        const WHAT: &'static str = "plugin name";
    }
    impl IdKind for Person {
        const WHAT: &'static str = "actor";
    }
    impl IdKind for Signal {
        const WHAT: &'static str = "signal id";
    }
}

/// What is deployed.
pub type ServiceName = Id<kind::Service>;
/// Where it is deployed: `development`, `staging`, `production`, or any other.
pub type EnvironmentName = Id<kind::Environment>;
/// One place that a plan drives: `backend`, `frontend`, `eu-west`.
pub type TargetName = Id<kind::Target>;
/// One run of a plan.
pub type DeploymentId = Id<kind::Deployment>;
/// One step of a plan, unique in it.
pub type StepId = Id<kind::Step>;
/// One running version, as the target names it.
pub type RevisionId = Id<kind::Revision>;
/// What makes an effect recognisable: the same effect, tried again, carries the same token.
pub type Token = Id<kind::Launch>;
/// A gate, watch or action as the plan and the registry name it.
pub type PluginName = Id<kind::Plugin>;
/// Who did something: a person or a machine account.
pub type Actor = Id<kind::Person>;
/// One entry of the inbox.
pub type SignalId = Id<kind::Signal>;

impl DeploymentId {
    /// A new id, unique and sorted by time of creation.
    #[must_use]
    pub fn generate() -> Self {
        Self::made(uuid::Uuid::now_v7().to_string())
    }
}

impl SignalId {
    /// A new id, unique and sorted by time of creation.
    #[must_use]
    pub fn generate() -> Self {
        Self::made(uuid::Uuid::now_v7().to_string())
    }
}
