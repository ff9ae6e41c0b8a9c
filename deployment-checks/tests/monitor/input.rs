//! Bad input is refused, and the error says what to do.

use std::time::Duration;

use deployment_checks::monitor::{HealthMonitor, Monitored};
use deployment_core::{EnvironmentName, ErrorKind, Percent, ServiceName};

use super::probe::{Does, Probe, builder, monitor};

#[tokio::test(start_paused = true)]
async fn a_check_that_cannot_be_monitored_is_refused() {
    let monitor = monitor();
    let of = |name: &str| Monitored::new(name, Probe::new([Does::Pass]).check());
    let day = Duration::from_secs(24 * 3_600);
    let bad = [
        (of("  "), "name: "),
        (of("a").every(Duration::ZERO), "interval: "),
        (of("a").every(Duration::from_millis(9)), "interval: "),
        (of("a").every(day * 8), "interval: "),
        (of("a").every(Duration::MAX), "interval: "),
        (of("a").timeout(Duration::ZERO), "timeout: "),
        (of("a").timeout(Duration::from_secs(30)).jitter(Percent::ZERO), "timeout: "),
        (of("a").timeout(Duration::MAX), "timeout: "),
        (of("a").jitter(Percent::ALL), "timeout: "),
        (of("a").timeout(Duration::from_secs(27)).jitter(Percent::new(10.0).unwrap()), "timeout: "),
        (of("a").down_after(0), "down_after"),
        (of("a").up_after(0), "up_after"),
    ];
    for (monitored, field) in bad {
        let error = monitor.add(monitored).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(field), "{error}");
    }
    assert!(monitor.snapshot().checks.is_empty());
    let fits = of("a").timeout(Duration::from_secs(26)).jitter(Percent::new(10.0).unwrap());
    monitor.add(fits).unwrap();
    monitor.add(of("b").every(day * 7).down_after(u32::MAX).up_after(u32::MAX)).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_monitor_without_places_is_refused() {
    let error = builder().concurrency(0).start().unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains("concurrency: "), "{error}");
}

#[test]
fn without_a_runtime_it_says_so() {
    let builder = HealthMonitor::builder(ServiceName::new("shop").unwrap(), EnvironmentName::new("production").unwrap());
    let error = builder.start().unwrap_err();
    assert!(error.kind() == ErrorKind::Unsupported && error.to_string().contains("needs a tokio runtime"), "{error}");
}
