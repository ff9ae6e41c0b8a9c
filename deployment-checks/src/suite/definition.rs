//! A suite: tests, and how they are run and judged.

use std::{fmt, time::Duration};

use deployment_core::Percent;
use serde::{Deserialize, Serialize};

use super::{SuiteKind, Test, backoff};

/// What is done if a suite fails. Either way the suites after it are not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The validation has failed.
    Stop,
    /// The validation passes with a warning, unless a critical test has failed.
    Warn,
}

/// Tests that belong together.
///
/// A suite passes if every critical test has passed, and at least 90 % of all.
///
/// ```
/// use deployment_checks::suite::{OnFailure, Suite, Test};
/// use deployment_core::health::HealthReport;
///
/// let up = Test::from_fn("up", |_| async { Ok(HealthReport::healthy("200")) }).critical();
/// let orders = Test::from_fn("orders", |_| async { Ok(HealthReport::healthy("3 orders")) });
/// let suites = [Suite::smoke().test(up), Suite::api().on_failure(OnFailure::Stop).test(orders)];
/// assert_eq!(suites[0].describe(), "smoke (up!)");
/// ```
#[derive(Clone)]
pub struct Suite {
    pub(super) name: String,
    pub(super) kind: SuiteKind,
    pub(super) tests: Vec<Test>,
    pub(super) timeout: Duration,
    pub(super) limit: Duration,
    pub(super) on_failure: OnFailure,
    pub(super) success: Percent,
    pub(super) at_once: usize,
}

/// 90 % of the tests must pass: the operations guides' figure for a validation after a deployment.
const SUCCESS_BASIS_POINTS: u16 = 9_000;

impl Suite {
    /// A suite with the defaults of its kind, and its kind's name.
    #[must_use]
    pub fn new(kind: SuiteKind) -> Self {
        Self {
            name: kind.name().to_owned(),
            kind,
            tests: Vec::new(),
            timeout: kind.timeout(),
            limit: kind.limit(),
            on_failure: kind.on_failure(),
            success: Percent::try_from(SUCCESS_BASIS_POINTS).unwrap_or(Percent::ALL),
            at_once: 1,
        }
    }

    /// A smoke suite.
    #[must_use]
    pub fn smoke() -> Self {
        Self::new(SuiteKind::Smoke)
    }

    /// An API suite.
    #[must_use]
    pub fn api() -> Self {
        Self::new(SuiteKind::Api)
    }

    /// An integration suite.
    #[must_use]
    pub fn integration() -> Self {
        Self::new(SuiteKind::Integration)
    }

    /// A performance suite.
    #[must_use]
    pub fn performance() -> Self {
        Self::new(SuiteKind::Performance)
    }

    /// Another name, so that there can be two of a kind.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// One more test. They are run in this order.
    #[must_use]
    pub fn test(mut self, test: Test) -> Self {
        self.tests.push(test);
        self
    }

    /// How long one try of a test may take, unless the test has a limit of its own: see [`SuiteKind`].
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long all of it may take; a test that does not end by then has failed, and so has one that has not begun: see [`SuiteKind`].
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// What is done if it fails: see [`SuiteKind`].
    #[must_use]
    pub fn on_failure(mut self, on_failure: OnFailure) -> Self {
        self.on_failure = on_failure;
        self
    }

    /// The share of tests that must pass: 90 %, unless told otherwise.
    #[must_use]
    pub fn success(mut self, share: Percent) -> Self {
        self.success = share;
        self
    }

    /// How many tests run side by side, 1 to 100: one, unless told otherwise.
    #[must_use]
    pub fn at_once(mut self, tests: usize) -> Self {
        self.at_once = tests;
        self
    }

    /// The longest that it takes: its limit, or less if its tests cannot take as long.
    #[must_use]
    pub fn budget(&self) -> Duration {
        let each = self.tests.iter().map(|test| {
            let tries = test.more_tries();
            let waits: Duration = (1..=tries).map(backoff).sum();
            test.timeout.unwrap_or(self.timeout).saturating_mul(tries + 1).saturating_add(waits)
        });
        each.fold(Duration::ZERO, Duration::saturating_add).min(self.limit)
    }

    /// Its name and its tests, without secrets; a critical test is marked with `!`.
    #[must_use]
    pub fn describe(&self) -> String {
        let tests: Vec<_> = self.tests.iter().map(Test::describe).collect();
        format!("{} ({})", self.name, tests.join("; "))
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Suite").field(&self.describe()).finish()
    }
}
