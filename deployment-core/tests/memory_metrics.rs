//! Simulated traffic adds up, whenever and however it is asked for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use deployment_core::{
    Percent, RevisionId, Routes, Split, Timestamp,
    memory::{Behaviour, MemoryMetrics, MemoryTarget},
    metric::{Measurement, MetricSource, Query, Reading},
    target::Target,
    testkit::{TokioClock, sample},
    time::{Clock, Window},
};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn id(revision: &str) -> RevisionId {
    RevisionId::new(revision).unwrap()
}

/// Asks about the time from `from` to `to` after the start.
async fn seen(metrics: &MemoryMetrics, clock: &TokioClock, start: Timestamp, revision: &str, from: u64, to: u64) -> Reading {
    let window = Window { from: start + secs(from), to: start + secs(to) };
    metrics.observe(&Query::default(), &sample::metric(clock.now(), &id(revision), window)).await.unwrap()
}

/// A stable and a candidate with 10 % that fails one request in twenty, 20 s after the start of a hundred.
async fn canary() -> (MemoryTarget, TokioClock, Timestamp) {
    let bad = Behaviour::healthy().error_rate(Percent::new(5.0).unwrap()).latency([(1_000, 1), (9_000, 1)]);
    let target = MemoryTarget::builder().serving(sample::release("1"), 4).behaviour("2", bad).traffic(100).build();
    let clock = TokioClock::default();
    let start = clock.now();
    target.launch(&sample::effect("t", 1), &sample::release("2"), 1).await.unwrap();
    tokio::time::sleep(secs(20)).await;
    let split = Split::between(Some(&id("r1")), &id("r2"), Percent::new(10.0).unwrap());
    target.route(&sample::effect("t", 1), &Routes { split, tests: Vec::new() }).await.unwrap();
    tokio::time::sleep(secs(80)).await;
    (target, clock, start)
}

fn measured(reading: &Reading) -> &Measurement {
    reading.measured().unwrap_or_else(|| panic!("{reading:?}"))
}

#[tokio::test(start_paused = true)]
async fn requests_follow_the_split_and_errors_the_behaviour() {
    let (target, clock, start) = canary().await;
    let metrics = target.metrics();
    let stable = seen(&metrics, &clock, start, "r1", 0, 100).await;
    let candidate = seen(&metrics, &clock, start, "r2", 0, 100).await;
    assert_eq!(measured(&stable).requests.abs_diff(20 * 100 + 80 * 90), 0, "{stable:?}");
    assert_eq!((measured(&candidate).requests, measured(&candidate).errors), (800, 40));
    assert_eq!(measured(&candidate).latency.count(), 800);
    assert_eq!(measured(&candidate).latency.quantile(0.95), Some(Duration::from_millis(9)));
    let before = seen(&metrics, &clock, start, "r2", 0, 20).await;
    assert_eq!(measured(&before).requests, 0, "known to have had none");
}

#[tokio::test(start_paused = true)]
async fn windows_that_touch_add_up_and_the_past_does_not_change() {
    let (target, clock, start) = canary().await;
    let metrics = target.metrics();
    let whole = seen(&metrics, &clock, start, "r2", 10, 100).await;
    let mut parts = 0;
    for from in 10..100 {
        parts += measured(&seen(&metrics, &clock, start, "r2", from, from + 1).await).requests;
    }
    assert_eq!(measured(&whole).requests, parts);
    tokio::time::sleep(secs(1000)).await;
    assert_eq!(seen(&metrics, &clock, start, "r2", 10, 100).await, whole);
}

#[tokio::test(start_paused = true)]
async fn a_dead_revision_fails_every_request() {
    let (target, clock, start) = canary().await;
    target.interfere(|somebody| somebody.sicken(&id("r2")));
    tokio::time::sleep(secs(10)).await;
    let dead = seen(&target.metrics(), &clock, start, "r2", 100, 110).await;
    assert_eq!((measured(&dead).requests, measured(&dead).errors), (100, 100));
}

#[tokio::test(start_paused = true)]
async fn data_that_is_late_missing_or_not_yet_there_is_no_data() {
    let (target, clock, start) = canary().await;
    let nothing = |reading: &Reading| reading.measured().is_none();
    assert!(nothing(&seen(&target.metrics(), &clock, start, "r2", 90, 101).await), "the future");
    let late = target.metrics().complete_after(secs(5)).late(secs(5));
    assert_eq!(late.lag(), secs(5));
    assert!(nothing(&seen(&late, &clock, start, "r2", 85, 95).await));
    assert!(!nothing(&seen(&late, &clock, start, "r2", 80, 90).await));
    let silent = target.metrics().silent(secs(50)..secs(60)).without_backfill();
    assert!(!silent.can_backfill());
    assert!(nothing(&seen(&silent, &clock, start, "r2", 40, 51).await));
    assert!(!nothing(&seen(&silent, &clock, start, "r2", 40, 50).await));
}
