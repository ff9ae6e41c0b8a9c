//! Running a validation: suite after suite, until one fails.

use std::time::Duration;

use deployment_core::{Timestamp, health::HealthContext};
use futures::{FutureExt, StreamExt, stream};
use tokio::time::Instant;

use super::{
    Importance, OnFailure, Outcome, Suite, SuiteResult, Test, TestCounts, TestResult, Validation, ValidationResult, counts::judge,
    tries::run_test,
};

/// The time of a run: the asking deployment's, going on with tokio's, so that a test's pause holds for both.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopwatch {
    start: Timestamp,
    began: Instant,
}

impl Stopwatch {
    pub(super) fn new(start: Timestamp) -> Self {
        Self { start, began: Instant::now() }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.start + self.began.elapsed()
    }

    pub(super) fn since(&self, then: Timestamp) -> Duration {
        self.now().since(then)
    }
}

pub(super) async fn validation(validation: &Validation, context: &HealthContext) -> ValidationResult {
    let time = Stopwatch::new(context.deployment.now);
    let (mut outcome, mut reasons, mut suites) = (Outcome::Passed, Vec::new(), Vec::new());
    let mut over = false;
    for suite in validation.suites.iter() {
        if over {
            suites.push(skipped(suite, &reasons, time.now()));
            continue;
        }
        let (result, because) = run_suite(suite, context, time).await;
        let meaning = meaning(suite, result.outcome, because);
        over = matches!(result.outcome, Outcome::Failed | Outcome::Undecided);
        if meaning != Outcome::Passed {
            outcome = meaning;
            reasons.push(format!("{} {}: {}", suite.name, word(result.outcome), result.message));
        }
        suites.push(result);
    }
    let subject = context.subject.endpoint.as_ref().map(|endpoint| endpoint.url.clone());
    let mut result = ValidationResult {
        name: validation.name.clone(),
        subject,
        outcome,
        message: reasons.join("; "),
        suites,
        started: context.deployment.now,
        took: time.since(context.deployment.now),
    };
    if result.message.is_empty() {
        let counts = TestCounts::of(result.tests());
        result.message = format!("{} of {} tests passed", counts.passed, counts.all);
    }
    result
}

/// What a suite's outcome means for the validation.
fn meaning(suite: &Suite, outcome: Outcome, because: Importance) -> Outcome {
    let grave = suite.on_failure == OnFailure::Stop || because == Importance::Critical;
    match outcome {
        Outcome::Failed | Outcome::Undecided if !grave => Outcome::Warned,
        outcome => outcome,
    }
}

pub(super) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Warned => "passed with remarks",
        Outcome::Failed => "failed",
        Outcome::Undecided => "undecided",
        Outcome::Skipped => "skipped",
    }
}

async fn run_suite(suite: &Suite, context: &HealthContext, time: Stopwatch) -> (SuiteResult, Importance) {
    let (started, deadline) = (time.now(), Instant::now() + suite.limit);
    let runs: Vec<_> = suite.tests.iter().map(|test| run_test(test, suite, deadline, context, time).boxed()).collect();
    let tests: Vec<_> = stream::iter(runs).buffered(suite.at_once.max(1)).collect().await;
    let (outcome, because, message) = judge(&tests, suite.success);
    let (name, kind) = (suite.name.clone(), suite.kind);
    tracing::info!(suite = %name, ?outcome, %message, "the suite has ended");
    (SuiteResult { name, kind, outcome, message, tests, started, took: time.since(started) }, because)
}

fn skipped(suite: &Suite, reasons: &[String], now: Timestamp) -> SuiteResult {
    let why = format!("not run: {}", reasons.last().map_or("", String::as_str));
    let tests = suite.tests.iter().map(|test| not_run(test, &why, now)).collect();
    let (name, kind) = (suite.name.clone(), suite.kind);
    SuiteResult { name, kind, outcome: Outcome::Skipped, message: why, tests, started: now, took: Duration::ZERO }
}

pub(super) fn not_run(test: &Test, why: &str, now: Timestamp) -> TestResult {
    TestResult {
        name: test.name.clone(),
        importance: test.importance,
        outcome: Outcome::Skipped,
        message: why.to_owned(),
        tries: Vec::new(),
        started: now,
        took: Duration::ZERO,
    }
}
