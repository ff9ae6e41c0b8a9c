//! Whether all was quiet for half an hour, from a real Prometheus.

use std::{sync::Arc, time::Duration};

use deployment_checks::{
    compare::{Compare, Verdict},
    metric::prometheus::Queries,
};
use deployment_core::testkit::sample;

use crate::{
    history::{History, at, client},
    support::GENEROUS,
};

const WATCHDOG: &str = r#"ALERTS{alertname="Watchdog"}"#;
const STARTED: u64 = 2_000;
/// Half an hour after the start, and the sources' lag.
const NOW: u64 = STARTED + 1_800 + 100;

/// Two services' logs and rules that are evaluated, for an hour and more.
fn usual() -> History {
    let times = 500;
    let watchdog = "ALERTS{alertname=\"Watchdog\",alertstate=\"firing\"}";
    let lines = |service: &str, level: &str| format!("log_lines_total{{service=\"{service}\",level=\"{level}\",instance=\"{service}\"}}");
    History::default().counter(watchdog, 0, (0..times).map(|_| Some(1))).steady(&lines("backend", "info"), 0, times, 7).steady(
        &lines("other", "error"),
        0,
        times,
        7,
    )
}

/// An alert that is there for a minute from second `first` on.
fn alert(history: History, service: &str, state: &str, first: u64) -> History {
    let series = format!("ALERTS{{alertname=\"Slow\",alertstate=\"{state}\",service=\"{service}\"}}");
    history.counter(&series, first, (0..6).map(|_| Some(1)))
}

/// The verdicts about alerts and about errors in the log.
async fn verdicts(history: History, alive: &str) -> Vec<(Verdict, String)> {
    let server = history.serve().await;
    let client = client(&server, GENEROUS);
    let alerts = client.alerts("service=\"backend\"", alive).unwrap();
    let lines = Queries::of_service("log_lines_total{service=\"backend\"}").unwrap().errors_where("level=\"error\"").unwrap();
    let quiet = Compare::quiet(Arc::new(alerts), Arc::new(client.source(lines))).started_at(at(STARTED)).build().unwrap();
    let comparison = quiet.run(&sample::deployment(at(NOW)), &"backend".parse().unwrap()).await.unwrap();
    assert_eq!(comparison.after.length(), Duration::from_secs(1_800));
    comparison.findings.iter().map(|finding| (finding.verdict, finding.to_string())).collect()
}

#[tokio::test]
async fn half_an_hour_is_quiet_without_alerts_and_errors_and_unknown_without_rules() {
    use Verdict::{Fail, Pass, Unknown};
    let error = "log_lines_total{service=\"backend\",level=\"error\",instance=\"backend\"}";
    // The first error of all, in a series that did not exist before.
    let logged = || usual().counter(error, STARTED + 1_000, (0..200).map(|_| Some(1)));
    let earlier = STARTED - 500;
    for (history, alive, expected, why) in [
        (usual(), WATCHDOG, [Pass, Pass], "nothing happens"),
        (alert(usual(), "backend", "firing", STARTED + 900), WATCHDOG, [Fail, Pass], "an alert for a minute in the middle"),
        (alert(usual(), "backend", "pending", STARTED + 900), WATCHDOG, [Pass, Pass], "one that does not fire"),
        (alert(usual(), "backend", "firing", earlier), WATCHDOG, [Pass, Pass], "one that was over before"),
        (alert(usual(), "other", "firing", STARTED + 900), WATCHDOG, [Pass, Pass], "one of another service"),
        (logged(), WATCHDOG, [Pass, Fail], "one line of error"),
        (usual(), "prometheus_rule_group_rules", [Unknown, Pass], "nobody knows whether rules are evaluated"),
        (alert(usual(), "backend", "firing", STARTED + 900), "prometheus_rule_group_rules", [Fail, Pass], "an alert is one all the same"),
        (History::default().steady("other", 0, 9, 1), WATCHDOG, [Unknown, Unknown], "an empty server"),
    ] {
        let found = verdicts(history, alive).await;
        assert_eq!(found.iter().map(|(verdict, _)| *verdict).collect::<Vec<_>>(), expected, "{why}: {found:?}");
    }
}
