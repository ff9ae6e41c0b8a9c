//! One test of a suite.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use deployment_core::{
    Result,
    health::{self, HealthCheck, HealthContext, HealthReport},
};
use serde::{Deserialize, Serialize};

/// Whether the whole stands and falls with a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Importance {
    /// It counts in the success rate. One more try.
    #[default]
    Normal,
    /// It must pass. Three more tries.
    Critical,
}

impl Importance {
    /// How often a test that has not passed is tried again: critical 3 times, others once (the operations guides' rule).
    #[must_use]
    pub const fn retries(self) -> u32 {
        match self {
            Self::Normal => 1,
            Self::Critical => 3,
        }
    }
}

/// One test: a name and a [`HealthCheck`], which may be anything: one of this crate's checks, a
/// `transaction::Transaction` (feature `http`), a [`Repeated`](super::Repeated) check, or a closure.
///
/// `Unhealthy` fails it; `Degraded` passes it with a remark; an `Err` means that nobody could look, so that it has neither passed nor
/// failed. A test is cut off at its timeout, unless it blocks the thread.
///
/// ```
/// use std::time::Duration;
/// use deployment_checks::suite::Test;
/// use deployment_core::health::HealthReport;
///
/// let login = Test::from_fn("login", |_context| async { Ok(HealthReport::healthy("200 in 12 ms")) })
///     .critical()
///     .timeout(Duration::from_secs(5));
/// assert_eq!(login.name(), "login");
/// ```
#[derive(Clone)]
pub struct Test {
    pub(super) name: String,
    pub(super) check: Arc<dyn HealthCheck>,
    pub(super) importance: Importance,
    pub(super) timeout: Option<Duration>,
    pub(super) retries: Option<u32>,
}

impl Test {
    /// A test that passes if the check does.
    #[must_use]
    pub fn new(name: impl Into<String>, check: impl HealthCheck) -> Self {
        Self::shared(name, Arc::new(check))
    }

    /// A test of a check that is used elsewhere too.
    #[must_use]
    pub fn shared(name: impl Into<String>, check: Arc<dyn HealthCheck>) -> Self {
        Self { name: name.into(), check, importance: Importance::Normal, timeout: None, retries: None }
    }

    /// A test from an async closure.
    #[must_use]
    pub fn from_fn<F, R>(name: impl Into<String>, test: F) -> Self
    where
        F: Fn(HealthContext) -> R + Send + Sync + 'static,
        R: Future<Output = Result<HealthReport>> + Send + 'static,
    {
        let name = name.into();
        Self::new(name.clone(), health::from_fn(name, test))
    }

    /// It must pass.
    #[must_use]
    pub fn critical(mut self) -> Self {
        self.importance = Importance::Critical;
        self
    }

    /// How long one try may take: what the suite says, unless told otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How often it is tried again, at most 10 times: see [`Importance::retries`], unless told otherwise.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = Some(retries);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn more_tries(&self) -> u32 {
        self.retries.unwrap_or(self.importance.retries())
    }

    /// Its name, and what it looks at unless that is the name.
    pub(super) fn describe(&self) -> String {
        let what = self.check.describe();
        let mark = if self.importance == Importance::Critical { "!" } else { "" };
        if what == self.name { format!("{}{mark}", self.name) } else { format!("{}{mark}: {what}", self.name) }
    }
}

impl fmt::Debug for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Test").field(&self.describe()).finish()
    }
}
