//! What tests mean for a suite, and suites for the whole.

use deployment_checks::suite::{OnFailure, Outcome, Suite, Test};
use deployment_core::{
    Percent,
    health::{HealthCheck, HealthReport, HealthStatus},
    testkit::{assert_none, conformance, sample},
};

use super::support::{bad, blind, good, meh, of, outcomes, run, validation};

fn goods(count: usize) -> impl Iterator<Item = Test> {
    (0..count).map(|n| good(&format!("good-{n}")))
}

#[tokio::test(start_paused = true)]
async fn all_suites_run_in_their_order_and_pass() {
    let result = run([of(Suite::smoke(), goods(2)), of(Suite::api(), goods(3)), of(Suite::performance(), goods(1))]).await;
    assert_eq!(outcomes(&result), [Outcome::Passed; 3]);
    assert_eq!((result.outcome, result.message.as_str()), (Outcome::Passed, "6 of 6 tests passed"));
    assert_eq!(result.success(), Percent::ALL);
}

#[tokio::test(start_paused = true)]
async fn a_failed_smoke_suite_stops_everything() {
    let result = run([of(Suite::smoke(), [good("up"), bad("login")]), of(Suite::api(), goods(2))]).await;
    assert_eq!(outcomes(&result), [Outcome::Failed, Outcome::Skipped]);
    assert_eq!(result.outcome, Outcome::Failed);
    assert_eq!(result.message, "smoke failed: 1 of 2 tests passed (50 %), 90 % are needed");
    let not_run = &result.suites[1].tests[0];
    assert_eq!((not_run.outcome, not_run.tries.len()), (Outcome::Skipped, 0));
    assert_eq!(not_run.message, "not run: smoke failed: 1 of 2 tests passed (50 %), 90 % are needed");
}

#[tokio::test(start_paused = true)]
async fn a_failed_api_or_integration_suite_warns_and_skips_what_comes_after_or_stops_if_told_so() {
    for suite in [Suite::api(), Suite::integration()] {
        let name = suite.describe();
        let failing = of(suite, [bad("orders")]);
        let result = run([of(Suite::smoke(), goods(1)), failing.clone(), of(Suite::performance(), goods(1))]).await;
        assert_eq!(outcomes(&result), [Outcome::Passed, Outcome::Failed, Outcome::Skipped], "{name}");
        assert_eq!(result.outcome, Outcome::Warned, "{name}");
        let result = run([failing.on_failure(OnFailure::Stop), of(Suite::performance(), goods(1))]).await;
        assert_eq!(outcomes(&result), [Outcome::Failed, Outcome::Skipped], "{name}");
        assert_eq!(result.outcome, Outcome::Failed, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn nine_of_ten_will_do_and_less_will_not() {
    let result = run([of(Suite::api(), goods(9).chain([bad("odd")])), of(Suite::performance(), goods(1))]).await;
    assert_eq!(outcomes(&result), [Outcome::Warned, Outcome::Passed]);
    assert_eq!(result.outcome, Outcome::Warned);
    let result = run([of(Suite::smoke(), goods(8).chain([bad("odd")]))]).await;
    assert_eq!(result.message, "smoke failed: 8 of 9 tests passed (88.88 %), 90 % are needed");
    let lenient = of(Suite::smoke().success(Percent::new(50.0).unwrap()), [good("a"), bad("b")]);
    assert_eq!(run([lenient]).await.outcome, Outcome::Warned);
}

#[tokio::test(start_paused = true)]
async fn a_failed_critical_test_fails_the_whole_however_many_others_pass_and_whatever_the_suite_does() {
    let result = run([of(Suite::api(), goods(99).chain([bad("pay").critical()]))]).await;
    assert_eq!(result.outcome, Outcome::Failed);
    assert_eq!(result.message, "api failed: critical: pay; 99 of 100 tests passed (99 %)");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_could_look_at_neither_passes_nor_fails() {
    let result = run([of(Suite::smoke(), [good("a"), blind("b")])]).await;
    assert_eq!(outcomes(&result), [Outcome::Undecided], "one of two: it may be 50 % or 100 %");
    assert_eq!(result.outcome, Outcome::Undecided);
    let result = run([of(Suite::smoke(), goods(19).chain([blind("b")]))]).await;
    assert_eq!(result.outcome, Outcome::Warned, "19 of 20 are enough, whatever the last one is");
    let result = run([of(Suite::smoke(), goods(19).chain([blind("b").critical()]))]).await;
    assert_eq!(result.outcome, Outcome::Undecided, "a critical test must have passed");
    let result = run([of(Suite::smoke(), [bad("a"), blind("b")])]).await;
    assert_eq!(result.outcome, Outcome::Failed, "it has failed even if the other one would pass");
    let result = run([of(Suite::api(), [blind("a")]), of(Suite::integration(), goods(1))]).await;
    assert_eq!((result.outcome, outcomes(&result)[1]), (Outcome::Warned, Outcome::Skipped));
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_test_that_could_not_look() {
    let result = run([of(Suite::smoke(), [Test::from_fn("wild", |_| async { panic!("oh") }), good("tame")])]).await;
    assert_eq!(result.suites[0].tests[0].message, "the test has panicked");
    assert_eq!(result.suites[0].tests[1].outcome, Outcome::Passed);
    assert_eq!(result.outcome, Outcome::Undecided);
}

#[tokio::test(start_paused = true)]
async fn as_a_health_check_it_is_healthy_degraded_unhealthy_or_could_not_look() {
    let context = sample::health(sample::NOON);
    let check = async |tests: Vec<Test>, suite: Suite| validation([of(suite, tests)]).check(&context).await;
    let report = check(goods(3).collect(), Suite::smoke()).await.unwrap();
    assert_eq!((report.status, report.score, report.evidence.as_str()), (HealthStatus::Healthy, 100, "shop passed: 3 of 3 tests passed"));
    let report = check(vec![good("a"), bad("orders")], Suite::api()).await.unwrap();
    assert_eq!((report.status, report.score), (HealthStatus::Degraded, 50));
    let why = "shop passed with remarks: api failed: 1 of 2 tests passed (50 %), 90 % are needed; orders: orders is broken";
    assert_eq!(report.evidence, why);
    let report = check(vec![meh("orders")], Suite::api()).await.unwrap();
    assert_eq!((report.status, report.score), (HealthStatus::Degraded, 99));
    let report = check(vec![bad("login").critical()], Suite::smoke()).await.unwrap();
    assert_eq!((report.status, report.score), (HealthStatus::Unhealthy, 0));
    assert_eq!(report.evidence, "shop failed: smoke failed: critical: login; 0 of 1 tests passed (0 %); login: login is broken");
    let error = check(vec![blind("login")], Suite::smoke()).await.unwrap_err();
    assert_eq!(error.status(), deployment_core::Status::Temporary);
    let told = "validate: shop undecided: smoke undecided: 0 of 1 tests passed (0 %), 90 % are needed, 1 could not be looked at; \
                login: look: no way there";
    assert_eq!(error.to_string(), told);
}

#[tokio::test(start_paused = true)]
async fn a_validation_keeps_the_contract_of_a_health_check_and_its_evidence_stays_small() {
    let loud = |n: usize| Test::from_fn(format!("loud-{n}"), |_| async { Ok(HealthReport::unhealthy("\u{1b}[2J\n".repeat(50_000))) });
    let validation = validation([of(Suite::smoke(), (0..50).map(loud))]);
    let context = sample::health(sample::NOON);
    assert_none(&conformance::health::check(&validation, &context, validation.budget() * 2).await);
    let report = validation.check(&context).await.unwrap();
    assert!(report.evidence.len() <= 4_096 && !report.evidence.contains('\u{1b}'), "{} bytes", report.evidence.len());
}
