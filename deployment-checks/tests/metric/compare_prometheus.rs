//! Before and after, from a real Prometheus.

use std::{sync::Arc, time::Duration};

use deployment_checks::{
    compare::{Compare, CompareBuilder, Question, Verdict},
    metric::{Unit, prometheus::Queries},
};
use deployment_core::{
    health::{HealthCheck, HealthStatus},
    metric::Query,
    testkit::sample,
};

use crate::{
    history::{History, at, client},
    servers,
    support::GENEROUS,
};

/// A service for half an hour and as much after its deployment at second 1 800: `bad` errors of 100 requests every 10 s, `slow` of
/// them above 100 ms, and a payment for every tenth request that worked.
fn phase(history: History, first: u64, bad: u64, slow: u64) -> History {
    let labels = format!("service=\"shop\",instance=\"{first}\"");
    let series = |name: &str, more: &str| format!("{name}{{{labels}{more}}}");
    history
        .steady(&series("http_requests_total", ",code=\"200\""), first, 181, 100 - bad)
        .steady(&series("http_requests_total", ",code=\"500\""), first, 181, bad)
        .steady(&series("took_bucket", ",le=\"0.095\""), first, 181, 50)
        .steady(&series("took_bucket", ",le=\"0.1\""), first, 181, 100 - slow)
        .steady(&series("took_bucket", ",le=\"0.5\""), first, 181, 101 - slow)
        .steady(&series("took_bucket", ",le=\"1\""), first, 181, 100)
        .steady(&series("took_bucket", ",le=\"+Inf\""), first, 181, 100)
        .steady(&series("payments_total", ""), first, 181, (100 - bad) / 10)
        .counter(&series("cpu_percent", ""), first, (0..181).map(|_| Some(40 + bad)))
}

fn questions(server: &servers::Prometheus) -> CompareBuilder {
    let server = client(server, GENEROUS);
    let requests = Queries::of_service("http_requests_total{service=\"$service\"}").unwrap().errors_where("code=~\"5..\"").unwrap();
    let requests = requests.latency("took_bucket{service=\"$service\"}", Unit::Seconds).unwrap();
    let payments = Queries::of_service("payments_total{service=\"$service\"}").unwrap();
    let cpu = server.number("max(max_over_time(cpu_percent{service=\"$service\"}[$window]))").unwrap();
    Compare::builder()
        .ask(Question::requests(Arc::new(server.source(requests)), Query::default()))
        .ask(Question::rate("payments", Arc::new(server.source(payments)), Query::default()))
        .ask(Question::number("cpu", Arc::new(cpu)))
        .started_at(at(1_810))
        .windows(Duration::from_secs(1_200), Duration::from_secs(600))
}

async fn compared(bad: u64, slow: u64) -> (HealthStatus, Vec<Verdict>, String) {
    let server = phase(phase(History::default(), 0, 1, 2), 1_850, bad, slow).serve().await;
    // The instance before goes at second 1 800; it is the window before that must be covered.
    let check = questions(&server).started_at(at(1_790)).build().unwrap().check();
    let report = check.check(&sample::health(at(3_200))).await.unwrap();
    (report.status, check.last().unwrap().findings.iter().map(|finding| finding.verdict).collect(), report.evidence)
}

#[tokio::test]
async fn a_deployment_that_changes_nothing_passes_and_one_that_makes_it_worse_does_not() {
    let (status, verdicts, evidence) = compared(0, 3).await;
    assert_eq!((status, verdicts), (HealthStatus::Healthy, vec![Verdict::Pass; 5]), "{evidence}");
    let (status, verdicts, evidence) = compared(42, 9).await;
    let expected = vec![Verdict::Fail; 5];
    assert_eq!((status, &verdicts), (HealthStatus::Unhealthy, &expected), "{evidence}");
    assert!(evidence.contains("payments: 0.500 per second after, 0.900 before (at most 20 % less than before)"), "{evidence}");
    assert!(evidence.contains("cpu: 82.00 after, 41.00 before (at most 80)"), "{evidence}");
    assert!(evidence.contains("p95 is between 0.5 and 1 s after, between 0.095 and 0.1 s before"), "{evidence}");
}

#[tokio::test]
async fn a_server_that_is_stopped_makes_it_unknown() {
    let server = phase(History::default(), 0, 1, 2).serve().await;
    let build = questions(&server).started_at(at(1_000)).windows(Duration::from_secs(600), Duration::from_secs(600)).build();
    let check = build.unwrap().check();
    let report = check.check(&sample::health(at(1_780))).await.unwrap();
    assert_eq!(report.status, HealthStatus::Unhealthy, "99 % succeed, before and after: {}", report.evidence);
    server.stop();
    let error = check.check(&sample::health(at(1_780))).await.unwrap_err();
    assert!(error.to_string().contains("no data before"), "{error}");
    assert!(check.last().unwrap().findings.iter().all(|finding| finding.verdict == Verdict::Unknown));
}
