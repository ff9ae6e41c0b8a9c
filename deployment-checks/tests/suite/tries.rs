//! How often a test is tried, and how long is waited in between.

use std::{sync::atomic::Ordering, time::Duration};

use deployment_checks::suite::{Outcome, Suite, Test, backoff};
use deployment_core::{Error, ErrorKind, testkit::sample};
use tokio::time::Instant;

use super::support::{bad, flaky, of, run, slow};

#[tokio::test(start_paused = true)]
async fn a_critical_test_is_tried_four_times_with_waits_of_2_4_and_8_seconds() {
    let (test, calls) = flaky("login", usize::MAX);
    let began = Instant::now();
    let result = run([of(Suite::smoke(), [test.critical()])]).await;
    assert_eq!(began.elapsed().as_secs(), 14);
    assert_eq!(calls.load(Ordering::SeqCst), 4);
    let test = &result.suites[0].tests[0];
    let at: Vec<_> = test.tries.iter().map(|attempt| attempt.started.since(sample::NOON).as_secs()).collect();
    assert_eq!(at, [0, 2, 6, 14]);
    assert_eq!(test.message, "try 4", "the last try's message is the test's");
    assert_eq!(test.tries[0].message, "try 1");
    assert_eq!(test.took.as_secs(), 14);
}

#[tokio::test(start_paused = true)]
async fn any_other_test_is_tried_twice_and_a_passed_one_not_again() {
    let (failing, calls) = flaky("odd", usize::MAX);
    let (passing, once) = flaky("fine", 0);
    let began = Instant::now();
    run([of(Suite::smoke(), [passing, failing])]).await;
    assert_eq!((calls.load(Ordering::SeqCst), once.load(Ordering::SeqCst)), (2, 1));
    assert_eq!(began.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_test_that_passes_at_a_later_try_has_passed_and_is_known_as_flaky() {
    let (test, calls) = flaky("login", 2);
    let result = run([of(Suite::smoke(), [test.critical()])]).await;
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    assert_eq!(result.outcome, Outcome::Passed);
    assert!(result.suites[0].tests[0].flaky());
}

#[tokio::test(start_paused = true)]
async fn a_test_says_how_often_it_is_tried() {
    let (never, first) = flaky("never", usize::MAX);
    let (often, second) = flaky("often", usize::MAX);
    run([of(Suite::integration(), [never.critical().retries(0), often.retries(6)])]).await;
    assert_eq!((first.load(Ordering::SeqCst), second.load(Ordering::SeqCst)), (1, 7));
    let waits: Vec<_> = (1..=7).map(|attempt| backoff(attempt).as_secs()).collect();
    assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60], "2^attempt seconds, 60 at most");
}

#[tokio::test(start_paused = true)]
async fn bad_input_is_not_tried_again() {
    let wrong = Test::from_fn("wrong", |_| async { Err(Error::invalid("url", "it is none")) }).critical();
    let gone = Test::from_fn("gone", |_| async { Err(Error::new(ErrorKind::Unreachable, "look", "no way")) });
    let result = run([of(Suite::smoke(), [wrong, gone])]).await;
    let tries: Vec<_> = result.tests().map(|test| test.tries.len()).collect();
    assert_eq!(tries, [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn one_try_takes_no_longer_than_its_kind_grants() {
    let kinds = [(Suite::smoke(), 10), (Suite::api(), 15), (Suite::integration(), 30), (Suite::performance(), 60)];
    for (suite, seconds) in kinds {
        let just = slow("just", Duration::from_secs(seconds) - Duration::from_millis(1)).retries(0);
        let over = slow("over", Duration::from_secs(seconds + 1)).retries(0);
        let result = run([of(suite, [just, over])]).await;
        let tests = &result.suites[0].tests;
        assert_eq!(tests[0].outcome, Outcome::Passed, "{seconds}");
        assert_eq!((tests[1].outcome, tests[1].message.as_str()), (Outcome::Failed, format!("no end within {seconds} s").as_str()));
        assert_eq!(tests[1].took.as_secs(), seconds);
    }
    let own = slow("own", Duration::from_secs(3)).timeout(Duration::from_secs(2)).retries(0);
    assert_eq!(run([of(Suite::api(), [own])]).await.suites[0].tests[0].message, "no end within 2 s");
}

#[tokio::test(start_paused = true)]
async fn tests_run_one_by_one_unless_told_otherwise() {
    let tests = || (0..10).map(|n| slow(&format!("slow-{n}"), Duration::from_secs(5)));
    assert_eq!(run([of(Suite::smoke(), tests())]).await.took.as_secs(), 50);
    let side_by_side = run([of(Suite::smoke().at_once(4), tests())]).await;
    assert_eq!(side_by_side.took.as_secs(), 15);
    let names: Vec<_> = side_by_side.tests().map(|test| test.name.clone()).collect();
    assert_eq!(names, (0..10).map(|n| format!("slow-{n}")).collect::<Vec<_>>(), "the order of results is the order of tests");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_run_stops() {
    let (test, calls) = flaky("login", usize::MAX);
    let suites = [of(Suite::smoke(), [test.critical(), bad("x")])];
    assert!(tokio::time::timeout(Duration::from_secs(3), run(suites)).await.is_err());
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}
