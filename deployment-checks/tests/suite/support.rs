//! Tests to put into suites.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use deployment_checks::suite::{Outcome, Suite, Test, Validation, ValidationResult};
use deployment_core::{
    Error, ErrorKind,
    health::HealthReport,
    testkit::{fake::FakeHealth, sample},
};

/// Passes.
pub(crate) fn good(name: &str) -> Test {
    Test::new(name, FakeHealth::reports([HealthReport::healthy("fine")]))
}

/// Fails, however often it is tried.
pub(crate) fn bad(name: &str) -> Test {
    Test::new(name, FakeHealth::reports([HealthReport::unhealthy(format!("{name} is broken"))]))
}

/// Passes with a remark.
pub(crate) fn meh(name: &str) -> Test {
    Test::new(name, FakeHealth::reports([HealthReport::degraded(60, "slow")]))
}

/// Cannot be looked at.
pub(crate) fn blind(name: &str) -> Test {
    Test::from_fn(name, |_| async { Err(Error::new(ErrorKind::Unreachable, "look", "no way there")) })
}

/// Takes this long and passes.
pub(crate) fn slow(name: &str, takes: Duration) -> Test {
    Test::from_fn(name, move |_| async move {
        tokio::time::sleep(takes).await;
        Ok(HealthReport::healthy("at last"))
    })
}

/// Fails so many times, then passes; counts.
pub(crate) fn flaky(name: &str, failures: usize) -> (Test, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let calls = Arc::clone(&count);
    let test = Test::from_fn(name, move |_| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        async move { Ok(if call < failures { HealthReport::unhealthy(format!("try {}", call + 1)) } else { HealthReport::healthy("fine") }) }
    });
    (test, count)
}

/// A suite of these.
pub(crate) fn of(suite: Suite, tests: impl IntoIterator<Item = Test>) -> Suite {
    tests.into_iter().fold(suite, Suite::test)
}

pub(crate) fn validation(suites: impl IntoIterator<Item = Suite>) -> Validation {
    suites.into_iter().fold(Validation::builder("shop"), |builder, suite| builder.suite(suite)).build().unwrap()
}

pub(crate) async fn run(suites: impl IntoIterator<Item = Suite>) -> ValidationResult {
    validation(suites).run(&sample::health(sample::NOON)).await
}

/// What each suite has come to.
pub(crate) fn outcomes(result: &ValidationResult) -> Vec<Outcome> {
    result.suites.iter().map(|suite| suite.outcome).collect()
}
