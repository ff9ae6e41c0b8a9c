//! How long a suite and a validation take at most.

use std::time::Duration;

use deployment_checks::suite::{Outcome, Suite};
use deployment_core::testkit::sample;
use tokio::time::Instant;

use super::support::{flaky, good, of, run, slow, validation};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_smoke_suite_ends_within_two_minutes_and_an_integration_suite_within_fifteen() {
    for (suite, limit) in [(Suite::smoke(), 120), (Suite::api(), 300), (Suite::integration(), 900), (Suite::performance(), 600)] {
        let hang = |n: usize| slow(&format!("hang-{n}"), SECOND * 100_000).critical();
        let began = Instant::now();
        let result = run([of(suite, (0..30).map(hang))]).await;
        assert_eq!(began.elapsed().as_secs(), limit);
        assert_eq!(result.outcome, Outcome::Failed);
        let last = &result.suites[0].tests[29];
        assert_eq!((last.outcome, last.message.as_str()), (Outcome::Skipped, format!("not run: the suite's {limit} s are over").as_str()));
    }
}

#[tokio::test(start_paused = true)]
async fn the_test_that_runs_when_the_time_is_up_is_cut_off_and_not_tried_again() {
    let suite = Suite::smoke().limit(SECOND * 12);
    let result = run([of(suite, [slow("first", SECOND * 9), slow("second", SECOND * 9), good("third")])]).await;
    let tests = &result.suites[0].tests;
    assert_eq!(tests[0].outcome, Outcome::Passed);
    assert_eq!((tests[1].outcome, tests[1].message.as_str()), (Outcome::Failed, "cut off: the suite's 12 s are over"));
    assert_eq!((tests[1].tries.len(), tests[1].took.as_secs()), (1, 3));
    assert_eq!(tests[2].outcome, Outcome::Skipped);
}

#[tokio::test(start_paused = true)]
async fn there_is_no_wait_for_a_try_that_could_not_begin() {
    let (test, _) = flaky("login", usize::MAX);
    let result = run([of(Suite::smoke().limit(SECOND * 5), [test.critical()])]).await;
    assert_eq!(result.suites[0].tests[0].tries.len(), 2, "at 0 s and 2 s; the third would be at 6 s");
    assert_eq!(result.took.as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_declared_budget_is_what_the_worst_run_takes() {
    let hang = |name: &str| slow(name, SECOND * 100_000);
    let small = of(Suite::smoke(), [hang("a").critical(), hang("b").timeout(SECOND)]);
    // Four tries of 10 s and waits of 2 + 4 + 8 s; two tries of 1 s and a wait of 2 s.
    assert_eq!(small.budget().as_secs(), 54 + 4);
    let large = of(Suite::api().limit(SECOND * 40), (0..10).map(|n| hang(&format!("t{n}"))));
    assert_eq!(large.budget().as_secs(), 40);
    let validation = validation([small.on_failure(deployment_checks::suite::OnFailure::Warn), large]);
    assert_eq!(validation.budget().as_secs(), 98);
    let result = validation.run(&sample::health(sample::NOON)).await;
    assert_eq!(result.took.as_secs(), 58, "the worst of a validation that ends at its first suite");
}

#[tokio::test(start_paused = true)]
async fn a_critical_test_that_had_no_time_to_begin_has_not_passed() {
    let goods = (0..18).map(|n| good(&format!("good-{n}")));
    let tests = goods.chain([slow("hog", SECOND * 100_000).timeout(SECOND * 999), good("pay").critical()]);
    let result = run([of(Suite::api(), tests)]).await;
    assert_eq!(result.outcome, Outcome::Failed);
    assert_eq!(result.message, "api failed: critical: pay; 18 of 20 tests passed (90 %)");
}
