//! Running one test: its tries, and the waits between them.

use std::time::Duration;

use deployment_core::{
    ErrorKind, Result,
    health::{HealthContext, HealthReport, HealthStatus},
};
use tokio::time::{Instant, sleep, timeout};

use super::{
    Outcome, Suite, Test, TestResult, Try,
    run::{Stopwatch, not_run},
};
use crate::look::guarded;

/// The longest message of a try that is kept, in characters.
const MESSAGE: usize = 1_000;

/// The longest wait before another try.
const LONGEST: Duration = Duration::from_secs(60);

/// How long to wait after try number `attempt` (the first is 1): 2^attempt seconds, the operations guides' rule; at most 60 s.
#[must_use]
pub fn backoff(attempt: u32) -> Duration {
    Duration::from_secs(2_u64.saturating_pow(attempt)).min(LONGEST)
}

pub(super) async fn run_test(test: &Test, suite: &Suite, deadline: Instant, context: &HealthContext, time: Stopwatch) -> TestResult {
    let started = time.now();
    if Instant::now() >= deadline {
        return not_run(test, &format!("not run: the suite's {} s are over", suite.limit.as_secs_f64()), started);
    }
    let mut tries = Vec::new();
    loop {
        let (attempt, again) = run_try(test, suite, deadline, context, time).await;
        let (outcome, message) = (attempt.outcome, attempt.message.clone());
        tries.push(attempt);
        let number = u32::try_from(tries.len()).unwrap_or(u32::MAX);
        let wait = backoff(number);
        let worth = again == Again::Worth && number <= test.more_tries();
        if !worth || Instant::now() + wait >= deadline {
            let (name, importance, took) = (test.name.clone(), test.importance, time.since(started));
            return TestResult { name, importance, outcome, message, tries, started, took };
        }
        sleep(wait).await;
    }
}

/// Whether another try may end otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    Worth,
    Vain,
}

async fn run_try(test: &Test, suite: &Suite, deadline: Instant, context: &HealthContext, time: Stopwatch) -> (Try, Again) {
    let started = time.now();
    let mut context = context.clone();
    context.deployment.now = started;
    let own = test.timeout.unwrap_or(suite.timeout);
    let left = deadline.saturating_duration_since(Instant::now());
    let (outcome, message, again) = match timeout(own.min(left), guarded(test.check.as_ref(), &context)).await {
        Ok(Some(answer)) => meaning(answer),
        Ok(None) => (Outcome::Undecided, "the test has panicked".into(), Again::Vain),
        Err(_) if own <= left => (Outcome::Failed, format!("no end within {} s", own.as_secs_f64()), Again::Worth),
        Err(_) => (Outcome::Failed, format!("cut off: the suite's {} s are over", suite.limit.as_secs_f64()), Again::Vain),
    };
    (Try { outcome, message: clipped(message), started, took: time.since(started) }, again)
}

fn meaning(answer: Result<HealthReport>) -> (Outcome, String, Again) {
    match answer {
        Ok(report) => match report.status {
            HealthStatus::Healthy => (Outcome::Passed, report.evidence, Again::Vain),
            HealthStatus::Degraded => (Outcome::Warned, report.evidence, Again::Vain),
            HealthStatus::Unhealthy => (Outcome::Failed, report.evidence, Again::Worth),
        },
        Err(error) => {
            let same = matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported);
            (Outcome::Undecided, error.to_string(), if same { Again::Vain } else { Again::Worth })
        }
    }
}

/// A message that is not too long.
fn clipped(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(MESSAGE) {
        message.truncate(end);
        message.push('…');
    }
    message
}
