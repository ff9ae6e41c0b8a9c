//! What a run has shown, as data.

use std::time::Duration;

use deployment_core::{Percent, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Importance, SuiteKind, TestCounts};

/// What a test, a suite or a validation has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has passed.
    Passed,
    /// It has passed, but not well.
    Warned,
    /// It has failed.
    Failed,
    /// It could not be looked at: neither passed nor failed.
    Undecided,
    /// It was not run.
    Skipped,
}

/// One try of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// What it has come to.
    pub outcome: Outcome,
    /// Why, in words, without secrets.
    pub message: String,
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in seconds when stored.
    #[serde(with = "deployment_core::time::seconds")]
    pub took: Duration,
}

/// What a test has come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResult {
    /// The test's name.
    pub name: String,
    /// Whether it had to pass.
    pub importance: Importance,
    /// What it has come to: its last try's, or [`Outcome::Skipped`].
    pub outcome: Outcome,
    /// Why, in words, without secrets.
    pub message: String,
    /// Its tries, first to last; empty if it was not run.
    pub tries: Vec<Try>,
    /// When it began.
    pub started: Timestamp,
    /// How long it took with its waits, in seconds when stored.
    #[serde(with = "deployment_core::time::seconds")]
    pub took: Duration,
}

impl TestResult {
    /// Whether it passed, with a remark or without.
    #[must_use]
    pub fn passed(&self) -> bool {
        matches!(self.outcome, Outcome::Passed | Outcome::Warned)
    }

    /// Whether it passed only when it was tried again.
    #[must_use]
    pub fn flaky(&self) -> bool {
        self.passed() && self.tries.len() > 1
    }
}

/// What a suite has come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuiteResult {
    /// The suite's name.
    pub name: String,
    /// Its kind.
    pub kind: SuiteKind,
    /// What it has come to. `Warned`: enough tests have passed, but not all of them, or not well.
    pub outcome: Outcome,
    /// Why, in words.
    pub message: String,
    /// Its tests, in their order.
    pub tests: Vec<TestResult>,
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in seconds when stored.
    #[serde(with = "deployment_core::time::seconds")]
    pub took: Duration,
}

/// What a validation has come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationResult {
    /// The validation's name.
    pub name: String,
    /// What was validated, for instance `http://10.0.0.7:8080`; `None` if the target has no preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What it has come to. `Warned`: a suite has, or one has failed that only warns.
    pub outcome: Outcome,
    /// Why, in words.
    pub message: String,
    /// Its suites, in their order, those that were not run included.
    pub suites: Vec<SuiteResult>,
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in seconds when stored.
    #[serde(with = "deployment_core::time::seconds")]
    pub took: Duration,
}

impl ValidationResult {
    /// All tests, in their order.
    pub fn tests(&self) -> impl Iterator<Item = &TestResult> {
        self.suites.iter().flat_map(|suite| &suite.tests)
    }

    /// The share of all tests that have passed, rounded down; those that were not run have not.
    #[must_use]
    pub fn success(&self) -> Percent {
        TestCounts::of(self.tests()).success()
    }
}
