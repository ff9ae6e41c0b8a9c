//! A load test as a health check, and what it refuses.

use deployment_checks::load::{LoadLimits, LoadTest};
use deployment_core::{
    ErrorKind,
    health::{self, HealthCheck, HealthReport, HealthStatus},
    testkit::sample,
};
use tokio::time::Duration;

use crate::{ms, server};

async fn check(test: LoadTest) -> HealthReport {
    test.check(&sample::health(sample::NOON)).await.unwrap()
}

fn of(latency: Duration) -> LoadTest {
    LoadTest::new(server(move |_| latency), 100.0, Duration::from_secs(5)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn limits_that_are_kept_are_healthy() {
    let limits = LoadLimits::default().p50(ms(52)).p95(ms(52)).p99(ms(52)).throughput(99.0);
    let report = check(of(ms(50)).limits(limits)).await;
    assert_eq!(report.status, HealthStatus::Healthy, "{report:?}");
    assert!(report.evidence.starts_with("100.0 of 100.0 requests per second for 5 s: 500 good, 0 failed (0 %)"), "{}", report.evidence);
}

#[tokio::test(start_paused = true)]
async fn every_limit_that_is_not_kept_is_told() {
    let limits = LoadLimits::default().p50(ms(40)).p95(ms(45)).p99(ms(49)).throughput(200.0);
    let report = check(of(ms(50)).limits(limits)).await;
    assert_eq!(report.status, HealthStatus::Unhealthy);
    for part in ["p50 is 5", "it may be 40 ms", "p95 is 5", "p99 is 5", "99.0 good answers per second, 200.0 are needed"] {
        assert!(report.evidence.contains(part), "{part}: {}", report.evidence);
    }
}

#[tokio::test(start_paused = true)]
async fn failed_requests_make_it_unhealthy_and_say_why() {
    let down = health::from_fn("down", |_| async { Ok(HealthReport::unhealthy("status is 503")) });
    let report = check(LoadTest::new(down, 10.0, Duration::from_secs(2)).unwrap()).await;
    assert_eq!(report.status, HealthStatus::Unhealthy);
    assert!(report.evidence.contains("100 % failed, 1 % may; 20 times: status is 503"), "{}", report.evidence);
}

#[tokio::test(start_paused = true)]
async fn requests_that_had_to_wait_degrade_it() {
    let test = LoadTest::new(server(|_| ms(9)), 100.0, Duration::from_secs(5)).unwrap().open(1);
    let held = check(LoadTest::new(server(|number| ms(if number == 3 { 200 } else { 1 })), 100.0, Duration::from_secs(5)).unwrap().open(1));
    assert_eq!(check(test).await.status, HealthStatus::Healthy, "each has ended before the next is due");
    let held = held.await;
    assert_eq!(held.status, HealthStatus::Degraded, "{held:?}");
    assert!(held.evidence.contains("had to wait because 1 were open"), "{}", held.evidence);
}

/// Blocks the only thread: what a machine that is too busy does to the sender.
fn busy() -> impl HealthCheck {
    health::from_fn("busy", |_| async {
        tokio::time::advance(ms(25)).await;
        Ok(HealthReport::healthy("200"))
    })
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_is_too_slow_to_send_is_not_the_servers_fault() {
    let test = LoadTest::new(busy(), 100.0, Duration::from_secs(5)).unwrap().limits(LoadLimits::default().p95(ms(100)));
    let error = test.check(&sample::health(sample::NOON)).await.unwrap_err();
    assert!(error.to_string().contains("this machine could not send as often as asked"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn one_failure_in_many_breaks_a_limit_of_none() {
    let one = server_that_fails_once();
    let limits = LoadLimits::default().errors(deployment_core::Percent::ZERO);
    let report = check(LoadTest::new(one, 5_000.0, Duration::from_secs(4)).unwrap().limits(limits)).await;
    assert_eq!(report.status, HealthStatus::Unhealthy, "{report:?}");
    assert!(report.evidence.contains("0.01 % failed, 0 % may"), "{}", report.evidence);
}

fn server_that_fails_once() -> impl HealthCheck {
    let number = std::sync::atomic::AtomicU64::new(0);
    health::from_fn("server", move |_| {
        let bad = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 77;
        async move { Ok(if bad { HealthReport::unhealthy("status is 500") } else { HealthReport::healthy("200") }) }
    })
}

#[tokio::test(start_paused = true)]
async fn a_load_test_that_is_dropped_ends_its_requests() {
    let held = std::sync::Arc::new(());
    let weak = std::sync::Arc::downgrade(&held);
    let hanging = health::from_fn("hanging", move |_| {
        let held = std::sync::Arc::clone(&held);
        async move {
            std::future::pending::<()>().await;
            drop(held);
            Ok(HealthReport::healthy(""))
        }
    });
    let test = LoadTest::new(hanging, 100.0, Duration::from_secs(5)).unwrap();
    let given_up = tokio::time::timeout(Duration::from_secs(2), test.check(&sample::health(sample::NOON))).await;
    assert!(given_up.is_err());
    drop(test);
    tokio::time::sleep(ms(1)).await;
    assert!(weak.upgrade().is_none(), "a request is still open");
}

#[test]
fn bad_numbers_are_refused_by_name() {
    let refused = |rate, duration| LoadTest::new(server(|_| ms(1)), rate, duration).unwrap_err();
    let minute = Duration::from_secs(60);
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 100_001.0] {
        let error = refused(rate, minute);
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("rate: "), "{error}");
    }
    for duration in [Duration::ZERO, ms(999), Duration::from_secs(3_601), Duration::MAX] {
        assert!(refused(1.0, duration).to_string().contains("duration: "));
    }
    assert!(of(ms(1)).describe().starts_with("100 requests per second for 5 s: server"));
}
