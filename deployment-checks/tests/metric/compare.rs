//! Before and after, in tables.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_checks::{
    compare::{Compare, CompareBuilder, Comparison, Finding, Limit, Question, Verdict},
    metric::{Number, NumberSource},
};
use deployment_core::{
    Error, ErrorKind, Result,
    health::{HealthCheck, HealthStatus},
    metric::{Latency, Measurement, MetricContext, MetricSource, Query, Reading},
    testkit::{assert_none, conformance, sample},
};

use crate::history::at;

/// The deployment's start, and the time at which is asked, in seconds after `NOON`.
const START: u64 = 3_600;
const NOW: u64 = 7_200;

/// Says one thing before the start and another after it.
#[derive(Debug, Clone)]
struct Told<T>(T, T);

impl<T: Clone> Told<T> {
    fn of(&self, context: &MetricContext) -> T {
        if context.window.to <= at(START) { self.0.clone() } else { self.1.clone() }
    }
}

#[async_trait]
impl MetricSource for Told<Reading> {
    fn describe(&self) -> String {
        "told".into()
    }
    async fn observe(&self, _query: &Query, context: &MetricContext) -> Result<Reading> {
        Ok(self.of(context))
    }
}

#[async_trait]
impl NumberSource for Told<Number> {
    fn describe(&self) -> String {
        "told".into()
    }
    async fn number(&self, context: &MetricContext) -> Result<Number> {
        Ok(self.of(context))
    }
}

#[derive(Debug)]
struct Broken(Duration);

#[async_trait]
impl MetricSource for Broken {
    fn describe(&self) -> String {
        "broken".into()
    }
    async fn observe(&self, _query: &Query, _context: &MetricContext) -> Result<Reading> {
        tokio::time::sleep(self.0).await;
        Err(Error::new(ErrorKind::Unreachable, "observe", "nobody answers"))
    }
}

/// Latencies in fine buckets.
fn seen(requests: u64, errors: u64, p95_millis: u64) -> Reading {
    let (bound, half) = (p95_millis * 1_000, requests / 2);
    let latency = Latency::from_buckets([(bound.saturating_sub(1), half), (bound, requests - half)]);
    Reading::Measured(Measurement { requests, errors, latency })
}

fn untimed() -> Reading {
    Reading::Measured(Measurement { requests: 1_000, ..Measurement::default() })
}

/// All of them above the highest bound.
fn endless() -> Reading {
    let latency = Latency::from_buckets([(u64::MAX, 1_000)]);
    Reading::Measured(Measurement { requests: 1_000, errors: 0, latency })
}

fn silent() -> Reading {
    Reading::NoData { reason: "the scrape is late".into() }
}

fn builder() -> CompareBuilder {
    Compare::builder().started_at(at(START)).windows(Duration::from_secs(1_800), Duration::from_secs(300))
}

async fn run(builder: CompareBuilder) -> Comparison {
    builder.build().unwrap().run(&sample::deployment(at(NOW)), &"backend".parse().unwrap()).await.unwrap()
}

pub fn requests(before: Reading, after: Reading) -> Question {
    Question::requests(Arc::new(Told(before, after)), Query::default())
}

pub async fn findings(question: Question) -> Vec<Finding> {
    run(builder().ask(question)).await.findings
}

/// The verdicts of a question's limits, as letters.
pub async fn letters(question: Question) -> String {
    let comparison = run(builder().ask(question)).await;
    let letter = |verdict| match verdict {
        Verdict::Pass => 'p',
        Verdict::Warn => 'w',
        Verdict::Fail => 'F',
        Verdict::Unknown => '?',
    };
    assert!(comparison.findings.iter().all(|finding| !finding.reason.is_empty()));
    comparison.findings.iter().map(|finding| letter(finding.verdict)).collect()
}

#[tokio::test]
async fn the_usual_limits_of_requests_are_error_rate_latency_and_success() {
    for (before, after, expected, why) in [
        (seen(10_000, 10, 100), seen(1_000, 1, 100), "ppp", "nothing changed"),
        (seen(10_000, 10, 100), seen(1_000, 2, 125), "ppp", "exactly twice the errors, exactly 25 % slower"),
        (seen(10_000, 10, 100), seen(1_000, 3, 126), "FFp", "just above both"),
        (seen(10_000, 400, 100), seen(1_000, 6, 50), "ppF", "better than before, and still not good"),
        (seen(10_000, 400, 100), seen(1_000, 5, 100), "ppp", "99.5 % exactly"),
        (seen(10_000, 0, 100), seen(1_000, 1, 100), "ppp", "one error after none is no doubling"),
        (seen(10_000, 0, 100), seen(1_000, 2, 100), "ppp", "nor are two, by a factor of two"),
        (seen(10_000, 0, 100), seen(1_000, 3, 100), "Fpp", "three are"),
        (seen(10_000, 0, 0), seen(1_000, 0, 1), "ppp", "a baseline of no time is a millisecond"),
        (seen(10_000, 0, 0), seen(1_000, 0, 2), "pFp", "and 2 ms are more than 25 % above it"),
        (seen(99, 0, 100), seen(1_000, 900, 900), "???", "too few before"),
        (seen(1_000, 0, 100), seen(99, 99, 900), "???", "too few after"),
        (seen(1_000, 0, 100), seen(0, 0, 0), "???", "none after"),
        (silent(), seen(1_000, 900, 900), "???", "no data before"),
        (seen(1_000, 0, 100), silent(), "???", "no data after"),
        (silent(), silent(), "???", "no data at all"),
        (untimed(), seen(1_000, 0, 100), "p?p", "no latencies before"),
        (seen(1_000, 0, 100), endless(), "p?p", "longer than every bucket: how much longer is not known"),
        (endless(), seen(1_000, 0, 100), "ppp", "longer than every bucket before: now it is quicker"),
    ] {
        assert_eq!(letters(requests(before, after)).await, expected, "{why}");
    }
}

#[tokio::test]
async fn a_business_rate_must_not_drop_and_rates_of_unequal_windows_compare() {
    let rate = |before, after| Question::rate("payments", Arc::new(Told(before, after)), Query::default());
    for (before, after, expected, why) in [
        (600, 100, "p", "the window before is six times as long"),
        (600, 80, "p", "20 % less exactly"),
        (600, 79, "F", "more than that"),
        (600, 0, "F", "none after is known to be none"),
        (600, 500, "p", "more than before"),
        (99, 0, "?", "too few to drop from"),
        (0, 0, "?", "nothing to drop from"),
    ] {
        assert_eq!(letters(rate(seen(before, 0, 1), seen(after, 0, 1))).await, expected, "{why}");
    }
    assert_eq!(letters(rate(seen(20, 0, 1), seen(0, 0, 1)).min_samples(20)).await, "F", "fewer can be enough");
    assert_eq!(letters(rate(seen(600, 0, 1), silent())).await, "?");
    assert_eq!(letters(rate(seen(600, 0, 1), seen(60, 0, 1)).limits([Limit::Drop { percent: 50.0 }])).await, "p");
}

#[tokio::test]
async fn a_number_has_a_limit_of_its_own() {
    let number = |before, after| Question::number("cpu", Arc::new(Told(before, after)));
    let silent = || Number::NoData { reason: "no series".into() };
    for (before, after, expected) in [
        (Number::Known(10.0), Number::Known(80.0), "p"),
        (Number::Known(90.0), Number::Known(80.1), "F"),
        (silent(), Number::Known(50.0), "p"),
        (Number::Known(10.0), silent(), "?"),
    ] {
        assert_eq!(letters(number(before, after)).await, expected);
    }
    assert_eq!(letters(number(silent(), Number::Known(81.0)).advisory()).await, "w");
}

#[tokio::test]
async fn the_whole_is_as_bad_as_its_worst_and_an_advisory_question_only_warns() {
    let good = || requests(seen(1_000, 0, 100), seen(1_000, 0, 100));
    let bad = || requests(seen(1_000, 0, 100), seen(1_000, 100, 100));
    let mute = || requests(silent(), silent());
    for (questions, expected) in [
        (vec![good()], Verdict::Pass),
        (vec![good(), bad()], Verdict::Fail),
        (vec![bad(), mute()], Verdict::Fail),
        (vec![good(), mute()], Verdict::Unknown),
        (vec![good(), bad().advisory()], Verdict::Warn),
        (vec![good(), mute().advisory()], Verdict::Pass),
        (vec![mute(), bad().advisory()], Verdict::Unknown),
    ] {
        let comparison = run(questions.into_iter().fold(builder(), CompareBuilder::ask)).await;
        assert_eq!(comparison.verdict(), expected, "{comparison}");
        let stored = serde_json::to_string(&comparison).unwrap();
        assert_eq!(serde_json::from_str::<Comparison>(&stored).unwrap(), comparison, "it is data");
    }
}

#[tokio::test]
async fn windows_are_anchored_at_the_start_of_the_deployment() {
    let comparison = run(builder().ask(requests(silent(), silent()))).await;
    assert_eq!((comparison.before.from, comparison.before.to), (at(START - 1_800), at(START)));
    assert_eq!((comparison.after.from, comparison.after.to), (at(NOW - 300), at(NOW)));
    let soon = builder().started_at(at(NOW - 299)).ask(requests(seen(1_000, 0, 1), seen(1_000, 900, 1)));
    let comparison = run(soon).await;
    assert_eq!(comparison.verdict(), Verdict::Unknown, "the window after would reach back to before the deployment");
    assert!(comparison.findings[0].reason.contains("1 s of it are before"), "{comparison}");
}

#[tokio::test]
async fn the_start_is_read_from_the_id_that_the_library_makes() {
    let compare = Compare::builder().ask(requests(silent(), silent())).build().unwrap();
    let target = "backend".parse().unwrap();
    let mut context = sample::deployment(at(NOW));
    let error = compare.run(&context, &target).await.unwrap_err();
    assert!(error.to_string().contains("give started_at"), "{error}");
    // The example of RFC 9562: 2022-02-22, 19:22:22 UTC.
    context.deployment = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f".parse().unwrap();
    let comparison = compare.run(&context, &target).await.unwrap();
    assert_eq!(comparison.before.to.to_string(), "2022-02-22T19:22:22Z");
    for other in ["017f22e2-79b0-4cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4", "017f22eg-79b0-7cc3-98c4-dc0c0c07398f"] {
        context.deployment = other.parse().unwrap();
        assert!(compare.run(&context, &target).await.is_err(), "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_or_hangs_is_unknown() {
    for (delay, why) in [(Duration::ZERO, "nobody answers"), (Duration::from_secs(3_600), "no answer within 10 s")] {
        let comparison = run(builder().ask(Question::requests(Arc::new(Broken(delay)), Query::default()))).await;
        assert_eq!(comparison.verdict(), Verdict::Unknown);
        assert!(comparison.reasons(Verdict::Unknown).contains(why), "{comparison}");
    }
}

#[tokio::test]
async fn as_a_check_it_is_healthy_degraded_unhealthy_or_could_not_look() {
    let context = sample::health(at(NOW));
    let patience = Duration::from_secs(60);
    let bad = || requests(seen(1_000, 0, 100), seen(1_000, 100, 100));
    for (question, status, words) in [
        (requests(seen(1_000, 0, 100), seen(1_000, 0, 100)), HealthStatus::Healthy, "0.000 % errors after"),
        (bad().advisory(), HealthStatus::Degraded, "10.000 % errors after, 0.000 % before"),
        (bad(), HealthStatus::Unhealthy, "10.000 % errors after, 0.000 % before (error rate at most 2 × before)"),
    ] {
        let check = builder().ask(question).build().unwrap().check();
        assert_none(&conformance::health::check(&check, &context, patience).await);
        let report = check.check(&context).await.unwrap();
        assert_eq!(report.status, status);
        assert!(report.evidence.contains(words), "{}", report.evidence);
        assert_eq!(check.last().unwrap().findings.len(), 3);
    }
    let check = builder().ask(requests(silent(), silent())).build().unwrap().check();
    let error = check.check(&context).await.unwrap_err();
    assert!(error.to_string().contains("the scrape is late"), "{error}");
    assert_eq!(check.last().unwrap().verdict(), Verdict::Unknown);
    assert_eq!(error.status(), deployment_core::Status::Temporary);
    assert!(check.describe().contains("told"), "{}", check.describe());
}

#[test]
fn mistakes_are_told_before_anything_is_asked() {
    let good = || requests(silent(), silent());
    let number = || Question::number("cpu", Arc::new(Told(Number::Known(1.0), Number::Known(1.0))));
    for (builder, why) in [
        (builder(), "nothing is asked"),
        (builder().ask(good().limits([])), "has no limit"),
        (builder().ask(good().limits([Limit::UTILISATION])), "AtMost is a limit of numbers"),
        (builder().ask(number().limits(Limit::REQUESTS)), "can only be AtMost"),
        (builder().ask(good().limits([Limit::ErrorRate { times: 0.9 }])), "times must be at least 1"),
        (builder().ask(good().limits([Limit::ErrorRate { times: f64::NAN }])), "times must be at least 1"),
        (builder().ask(good().limits([Limit::Latency { quantile: 0.0, percent: 1.0 }])), "quantiles above 0"),
        (builder().ask(good().limits([Limit::Latency { quantile: 0.5, percent: -1.0 }])), "percent"),
        (builder().ask(good().limits([Limit::Success { percent: 101.0 }])), "percent"),
        (builder().ask(good().limits([Limit::Drop { percent: f64::INFINITY }])), "percent"),
        (builder().ask(number().limits([Limit::AtMost { value: f64::NAN }])), "numbers"),
        (builder().ask(good()).windows(Duration::ZERO, Duration::from_secs(300)), "windows"),
        (builder().ask(good()).timeout(Duration::ZERO), "timeout"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.to_string().contains(why) && error.kind() == ErrorKind::InvalidInput, "{error}");
    }
}
