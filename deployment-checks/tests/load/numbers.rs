//! What is measured is what was done to the requests.

use deployment_checks::load::{Arrivals, LoadReport, LoadTest};
use deployment_core::{
    Percent,
    health::{self, HealthReport},
    testkit::sample,
};
use tokio::time::Duration;

use crate::{ms, server, stalling};

async fn run(test: &LoadTest) -> LoadReport {
    test.run(&sample::health(sample::NOON)).await.unwrap()
}

#[track_caller]
fn near(seen: Duration, expected: Duration) {
    // The timer's millisecond for being sent, another for the answer, and 3 significant digits.
    let off = seen.abs_diff(expected);
    assert!(off <= expected / 500 + ms(2), "{seen:?} is measured, {expected:?} was done");
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_held_however_slow_the_answers_are() {
    let test = LoadTest::new(server(|_| ms(900)), 5_000.0, Duration::from_secs(10)).unwrap();
    let report = run(&test).await;
    assert_eq!((report.scheduled, report.sent, report.good, report.failed), (50_000, 50_000, 50_000, 0));
    assert!((report.sent_rate() - 5_000.0).abs() < 5.0, "{}", report.sent_rate());
    assert!(report.kept_the_rate());
    assert!(report.lag.max <= ms(2), "{:?}", report.lag);
    assert!(report.series[1..9].iter().all(|second| second.sent.abs_diff(5_000) <= 5), "{:?}", report.series);
}

#[tokio::test(start_paused = true)]
async fn quantiles_are_those_of_the_server() {
    // Every latency from 5 to 504 ms equally often.
    let test = LoadTest::new(server(|number| ms(5 + number * 37 % 500)), 1_000.0, Duration::from_secs(20)).unwrap();
    let latency = run(&test).await.latency;
    near(latency.p50, ms(254));
    near(latency.p90, ms(454));
    near(latency.p95, ms(479));
    near(latency.p99, ms(499));
    near(latency.max, ms(504));
    near(latency.mean, ms(254));
}

#[tokio::test(start_paused = true)]
async fn a_stall_of_a_second_is_charged_to_all_that_came_meanwhile() {
    // 10 % of the requests are due within the stall: they wait from 1 s down to 0.
    let server = stalling(ms(4_000), ms(5_000));
    let report = run(&LoadTest::new(server, 500.0, Duration::from_secs(10)).unwrap()).await;
    near(report.latency.p50, ms(5));
    near(report.latency.p99, ms(905));
    near(report.latency.p95, ms(505));
    near(report.latency.max, ms(1_005));
    assert!(report.series[4].good < 5, "{:?}", report.series[4]);
    assert!(report.series[5].good > 950, "{:?}", report.series[5]);
}

#[tokio::test(start_paused = true)]
async fn requests_without_a_place_wait_and_their_time_runs() {
    // One at a time, 20 ms each, is half of what is asked for.
    let test = LoadTest::new(server(|_| ms(20)), 100.0, Duration::from_secs(10)).unwrap().open(1).timeout(ms(1_000));
    let report = run(&test).await;
    assert!(report.held > 900, "{} were held", report.held);
    assert!(!report.kept_the_rate());
    near(report.service.p99, ms(20));
    assert!(report.latency.p99 > Duration::from_secs(4), "{:?}", report.latency);
    assert!(report.sent < 600, "{} were sent", report.sent);
    assert_eq!((report.good, report.good + report.failed), (report.sent, report.scheduled));
    assert!(report.throughput() < 51.0, "half of what is asked for cannot be {}", report.throughput());
    assert!(report.error_rate() > Percent::try_from(4_000).unwrap(), "those that were never sent have failed: {}", report.error_rate());
}

#[tokio::test(start_paused = true)]
async fn the_warm_up_is_not_measured() {
    let slow_at_first = server(|number| if number < 1_000 { ms(800) } else { ms(10) });
    let test = LoadTest::new(slow_at_first, 500.0, Duration::from_secs(5)).unwrap().warm_up(Duration::from_secs(2));
    let report = run(&test).await;
    assert_eq!(report.scheduled, 2_500);
    near(report.latency.max, ms(10));
    assert_eq!(report.series.iter().map(|second| second.sent).sum::<u64>(), 2_500);
}

#[tokio::test(start_paused = true)]
async fn failures_are_told_by_reason_and_hung_requests_are_cut_off() {
    let number = std::sync::atomic::AtomicU64::new(0);
    let mixed = health::from_fn("mixed", move |_| {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move {
            match number % 10 {
                0 => std::future::pending().await,
                1..=3 => Ok(HealthReport::unhealthy("status is 503, it must be 200-299")),
                4 => Err(deployment_core::Error::new(deployment_core::ErrorKind::Unreachable, "connect", "refused")),
                _ => Ok(HealthReport::healthy("200")),
            }
        }
    });
    let report = run(&LoadTest::new(mixed, 100.0, Duration::from_secs(10)).unwrap().timeout(ms(500))).await;
    assert_eq!((report.good, report.failed), (500, 500));
    let reasons: Vec<_> = report.failures.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
    assert_eq!(reasons[0], ("status is 503, it must be 200-299", 300));
    assert!(reasons.contains(&("connect: refused", 100)) && reasons.contains(&("no answer within 0.5 s", 100)), "{reasons:?}");
    near(report.latency.max, ms(500));
}

#[tokio::test(start_paused = true)]
async fn a_test_ends_within_its_budget_however_slow_the_server_is() {
    let test = LoadTest::new(server(|_| Duration::from_secs(3_600)), 100.0, Duration::from_secs(5)).unwrap().open(10).timeout(ms(2_000));
    let began = tokio::time::Instant::now();
    let report = run(&test).await;
    assert!(began.elapsed() <= test.budget() + ms(5), "{:?} instead of {:?}", began.elapsed(), test.budget());
    assert_eq!((report.good, report.failed), (0, report.scheduled));
}

#[tokio::test(start_paused = true)]
async fn a_check_that_panics_is_a_failed_request() {
    let broken = health::from_fn("broken", |_| async { panic!("a defect") });
    let report = run(&LoadTest::new(broken, 10.0, Duration::from_secs(2)).unwrap()).await;
    assert_eq!(report.failures, [("the check panicked".to_owned(), 20)]);
}

#[tokio::test(start_paused = true)]
async fn a_poisson_process_bunches_and_has_its_rate() {
    let test = LoadTest::new(server(|_| ms(1)), 1_000.0, Duration::from_secs(60)).unwrap().arrivals(Arrivals::Poisson { seed: 3 });
    let report = run(&test).await;
    // 60 000 are expected, with a standard deviation of 245; a second's 1 000 have one of 32.
    assert!(report.scheduled.abs_diff(60_000) < 1_250, "{}", report.scheduled);
    assert!(report.series.iter().any(|second| second.sent.abs_diff(1_000) > 30), "every second is the same");
}

#[tokio::test(start_paused = true)]
async fn a_report_is_the_same_after_it_was_stored() {
    let report = run(&LoadTest::new(server(|number| ms(number % 7)), 50.0, Duration::from_secs(3)).unwrap()).await;
    let stored = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<LoadReport>(&stored).unwrap(), report);
}
