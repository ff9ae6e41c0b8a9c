//! Alerts by rules that a real Prometheus evaluates while it is asked. Nothing depends on how long that takes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use deployment_checks::metric::{Number, NumberSource, prometheus::PrometheusNumber};
use deployment_core::{
    Timestamp,
    time::{Clock, SystemClock, Window},
};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{
    history::{client, context},
    servers::{self, PrometheusOptions},
    support::{GENEROUS, Peer, hostile},
};

/// Far more than anything takes: rules are evaluated five times a second.
const PATIENCE: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_millis(100);
const WATCHDOG: &str = r#"ALERTS{alertname="Watchdog"}"#;
const RULES: &str = "groups: [{name: live, interval: 200ms, rules: [
    {alert: Watchdog, expr: vector(1)},
    {alert: Waiting, expr: vector(1), for: 1h, labels: {service: shop}},
    {alert: Slow, expr: trouble == 1, for: 1s, labels: {service: shop}},
]}]\n";

/// An exporter of the gauge `trouble`, a server that scrapes it, and its rules.
struct Live {
    trouble: Arc<AtomicU64>,
    server: servers::Prometheus,
    _exporter: Peer,
    _rules: tempfile::NamedTempFile,
}

impl Live {
    async fn start() -> Self {
        let trouble = Arc::new(AtomicU64::new(0));
        let shown = Arc::clone(&trouble);
        let page = move || format!("trouble {}\n", shown.load(Ordering::SeqCst)).into_bytes();
        let exporter = Peer::keeping(move |_| hostile::answer(200, "content-type: text/plain\r\n", &page())).await;
        let rules = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(rules.path(), RULES).unwrap();
        let options = PrometheusOptions::scraping(&[format!("127.0.0.1:{}", exporter.port())], Duration::from_millis(500));
        let config = format!("{}rule_files: [{:?}]\n", options.config, rules.path());
        let server = servers::Prometheus::start(PrometheusOptions { config, ..options }).await;
        Self { trouble, server, _exporter: exporter, _rules: rules }
    }

    /// Waits until the server says that an alert is `pending`, `firing`, or none.
    async fn until(&self, name: &str, state: Option<&str>) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // A busy server may be late with one answer.
            let answer = self.server.get("/api/v1/alerts").await.unwrap_or_default();
            if let Some((_, body)) = answer.split_once("\r\n\r\n").filter(|(head, _)| head.contains(" 200 ")) {
                let body: Value = serde_json::from_str(body).unwrap();
                let alerts = body["data"]["alerts"].as_array().unwrap();
                if alerts.iter().find(|alert| alert["labels"]["alertname"] == name).and_then(|alert| alert["state"].as_str()) == state {
                    return;
                }
            }
            assert!(Instant::now() < deadline, "{name} does not become {state:?}: {answer}");
            sleep(PAUSE).await;
        }
    }

    /// The first moment at which the alert that always fires is on record: the first evaluations after a start are not kept.
    async fn recorded(&self) -> Timestamp {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let now = SystemClock.now();
            if !client(&self.server, GENEROUS).instant(WATCHDOG, now).await.unwrap().series.is_empty() {
                return now;
            }
            assert!(Instant::now() < deadline, "no alert is ever recorded");
            sleep(PAUSE).await;
        }
    }

    fn alerts(&self, matchers: &str, alive: &str) -> PrometheusNumber {
        client(&self.server, GENEROUS).alerts(matchers, alive).unwrap()
    }
}

/// What is known about the time from `from` until now.
async fn since(source: &PrometheusNumber, from: Timestamp) -> Number {
    let now = SystemClock.now();
    let mut context = context("any", 0, 1);
    context.deployment.now = now;
    context.window = Window { from, to: now };
    source.number(&context).await.unwrap()
}

/// Asks until it is `last`; meanwhile it must be `first`, or not be known.
async fn becomes(source: &PrometheusNumber, from: Timestamp, first: f64, last: f64) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        sleep(PAUSE).await;
        match since(source, from).await {
            Number::Known(value) if value == last => return,
            Number::Known(value) if value != first => panic!("{value} alerts, {first} and then {last} are right"),
            other => assert!(Instant::now() < deadline, "{other:?}, not {last}"),
        }
    }
}

#[tokio::test]
async fn an_alert_counts_from_when_it_fires_until_it_is_over_and_the_one_that_always_fires_does_not() {
    let live = Live::start().await;
    let shop = live.alerts(r#"service="shop""#, WATCHDOG);
    live.until("Watchdog", Some("firing")).await;
    live.until("Waiting", Some("pending")).await;
    let quiet = live.recorded().await;
    becomes(&shop, quiet, 0.0, 0.0).await;
    becomes(&live.alerts("", WATCHDOG), quiet, 0.0, 0.0).await;

    live.trouble.store(1, Ordering::SeqCst);
    live.until("Slow", Some("firing")).await;
    becomes(&shop, quiet, 0.0, 1.0).await;
    becomes(&live.alerts("", WATCHDOG), quiet, 1.0, 1.0).await;
    becomes(&live.alerts(r#"service="other""#, WATCHDOG), quiet, 0.0, 0.0).await;
    let pending = r#"count_over_time(ALERTS{alertname="Slow",alertstate="pending"}[1h])"#;
    let answer = client(&live.server, GENEROUS).instant(pending, SystemClock.now()).await.unwrap();
    assert_eq!(answer.series.len(), 1, "it was pending first: {answer:?}");

    live.trouble.store(0, Ordering::SeqCst);
    live.until("Slow", None).await;
    let over = SystemClock.now();
    becomes(&shop, over, 0.0, 0.0).await;
    becomes(&shop, quiet, 1.0, 1.0).await;
}

#[tokio::test]
async fn without_what_tells_that_rules_are_evaluated_no_alert_is_no_data() {
    let live = Live::start().await;
    let from = live.recorded().await;
    becomes(&live.alerts(r#"service="shop""#, WATCHDOG), from, 0.0, 0.0).await;
    let blind = since(&live.alerts(r#"service="shop""#, "prometheus_rule_group_rules"), from).await;
    assert!(matches!(blind, Number::NoData { .. }), "it does not scrape itself: {blind:?}");
    let client = client(&live.server, GENEROUS);
    assert!(client.alerts("service", "rate(x[5m])").is_err());
    assert!(client.alerts("", "").is_err());
}
