//! One check many times.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use deployment_checks::suite::Repeated;
use deployment_core::{
    Error, ErrorKind, Percent,
    health::{self, HealthCheck, HealthReport, HealthStatus},
    testkit::{assert_none, conformance, sample},
};

/// Call number n takes n ms; every tenth is bad if asked for. Knows the most that ran at once.
fn calls(bad: usize, most: &Arc<AtomicUsize>) -> impl HealthCheck {
    let (count, open, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)), Arc::clone(most));
    health::from_fn("search", move |_| {
        let call = count.fetch_add(1, Ordering::SeqCst) + 1;
        let (open, most) = (Arc::clone(&open), Arc::clone(&most));
        async move {
            most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(call as u64)).await;
            open.fetch_sub(1, Ordering::SeqCst);
            Ok(if call <= bad { HealthReport::unhealthy(format!("call {call} got 500")) } else { HealthReport::healthy("200") })
        }
    })
}

#[tokio::test(start_paused = true)]
async fn it_runs_100_times_with_10_at_once_and_says_how_long_they_took() {
    let most = Arc::default();
    let report = Repeated::new(calls(0, &most)).check(&sample::health(sample::NOON)).await.unwrap();
    assert_eq!(most.load(Ordering::SeqCst), 10);
    assert_eq!(report.status, HealthStatus::Healthy);
    assert!(report.evidence.starts_with("100 of 100 calls were well (100 %), p50 50 ms, p95 95 ms, "), "{}", report.evidence);
    let one = Arc::default();
    Repeated::new(calls(0, &one)).at_once(1).check(&sample::health(sample::NOON)).await.unwrap();
    assert_eq!(one.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn it_fails_if_too_many_fail_or_they_take_too_long() {
    let context = sample::health(sample::NOON);
    let most = Arc::default();
    let report = Repeated::new(calls(1, &most)).check(&context).await.unwrap();
    assert_eq!(report.status, HealthStatus::Healthy, "99 of 100 will do: {}", report.evidence);
    let report = Repeated::new(calls(2, &most)).check(&context).await.unwrap();
    assert_eq!(report.status, HealthStatus::Unhealthy);
    assert!(report.evidence.ends_with("; 99 % are needed; the first that was not: call 1 got 500"), "{}", report.evidence);
    let limit = Duration::from_millis(94);
    let report = Repeated::new(calls(0, &most)).p95(limit).check(&context).await.unwrap();
    assert_eq!(report.status, HealthStatus::Unhealthy);
    assert!(report.evidence.contains("p95 95 ms") && report.evidence.ends_with("; p95 may be 94 ms"), "{}", report.evidence);
    let half = Repeated::new(calls(50, &most)).success(Percent::new(50.0).unwrap());
    assert_eq!(half.check(&context).await.unwrap().status, HealthStatus::Healthy);
    assert_none(&conformance::health::check(&half, &context, Duration::from_secs(60)).await);
}

#[tokio::test(start_paused = true)]
async fn it_says_so_if_no_call_could_look_or_its_numbers_are_wrong() {
    let blind = || health::from_fn("search", |_| async { Err(Error::new(ErrorKind::Unreachable, "look", "no way there")) });
    let context = sample::health(sample::NOON);
    let error = Repeated::new(blind()).times(3).check(&context).await.unwrap_err();
    assert_eq!(error.to_string(), "repeat: none of 3 calls could look: look: no way there");
    for wrong in [Repeated::new(blind()).times(0), Repeated::new(blind()).at_once(0), Repeated::new(blind()).at_once(1_001)] {
        assert_eq!(wrong.check(&context).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_panics_takes_no_other_with_it() {
    let count = AtomicUsize::new(0);
    let brittle = health::from_fn("search", move |_| {
        let call = count.fetch_add(1, Ordering::SeqCst);
        async move {
            assert_ne!(call, 7, "a defect");
            Ok(HealthReport::healthy("200"))
        }
    });
    let report = Repeated::new(brittle).success(Percent::ALL).check(&sample::health(sample::NOON)).await.unwrap();
    assert_eq!(report.status, HealthStatus::Unhealthy);
    assert!(
        report.evidence.starts_with("99 of 100 calls were well") && report.evidence.contains("the check panicked"),
        "{}",
        report.evidence
    );
}
