//! Samples of the past, and a server that has them.

use std::{fmt::Write as _, time::Duration};

use deployment_checks::metric::{
    Unit,
    prometheus::{Prometheus, PrometheusSource, Queries},
};
use deployment_core::{
    RevisionId, Timestamp,
    metric::{Measurement, MetricContext, MetricSource, Query, Reading},
    testkit::sample::{self, NOON},
    time::Window,
};

use crate::{
    servers::{self, PrometheusOptions},
    support::{GENEROUS, local},
};

/// How often the instances of the past were scraped, in seconds.
pub const EVERY: u64 = 10;

/// `NOON` plus so many seconds.
pub fn at(seconds: u64) -> Timestamp {
    NOON + Duration::from_secs(seconds)
}

/// Text in the format `OpenMetrics`.
#[derive(Debug, Default)]
pub struct History(String);

impl History {
    /// A counter's values, one scrape after the other, the first of them at second `first` after `NOON`. `None`: not scraped.
    pub fn counter(mut self, series: &str, first: u64, values: impl IntoIterator<Item = Option<u64>>) -> Self {
        for (i, value) in values.into_iter().enumerate() {
            if let Some(value) = value {
                writeln!(self.0, "{series} {value} {}", at(first + EVERY * i as u64).as_millis() / 1_000).unwrap();
            }
        }
        self
    }

    /// A counter that is scraped `times` times from `first` on and grows by `step` in between.
    pub fn steady(self, series: &str, first: u64, times: u64, step: u64) -> Self {
        self.counter(series, first, (0..times).map(|i| Some(1_000 + i * step)))
    }

    /// A service's revision on one instance for 600 s from `NOON` on: 20 requests every 10 s, of which 1 fails; 15 take up to 100 ms,
    /// 4 up to 500 ms, and 1 longer than 2.5 s, which is the highest bound.
    pub fn usual(self, revision: &str, instance: &str) -> Self {
        let labels = format!("job=\"shop\",instance=\"{instance}\",revision=\"{revision}\"");
        let bucket = |le: &str| format!("http_request_duration_seconds_bucket{{{labels},le=\"{le}\"}}");
        self.steady(&format!("http_requests_total{{{labels},code=\"200\"}}"), 0, 61, 19)
            .steady(&format!("http_requests_total{{{labels},code=\"503\"}}"), 0, 61, 1)
            .steady(&bucket("0.1"), 0, 61, 15)
            .steady(&bucket("0.5"), 0, 61, 19)
            .steady(&bucket("2.5"), 0, 61, 19)
            .steady(&bucket("+Inf"), 0, 61, 20)
    }

    pub async fn serve(self) -> servers::Prometheus {
        self.serve_with(&[]).await
    }

    pub async fn serve_with(self, flags: &[&str]) -> servers::Prometheus {
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        servers::Prometheus::start(PrometheusOptions { history: Some(self.0 + "# EOF\n"), flags, ..PrometheusOptions::default() }).await
    }
}

/// A client of the server, which may take its time.
pub fn client(server: &servers::Prometheus, deadline: Duration) -> Prometheus {
    let http = deployment_checks::http::HttpClient::builder().network(local()).deadline(deadline).body_limit(1 << 20).build().unwrap();
    Prometheus::builder(&server.url()).unwrap().client(http).scrape_interval(Duration::from_secs(EVERY)).build().unwrap()
}

/// What [`History::usual`] writes.
pub fn queries() -> Queries {
    Queries::new(r#"http_requests_total{revision="$revision"}"#)
        .unwrap()
        .errors_where(r#"code=~"5..""#)
        .unwrap()
        .latency(r#"http_request_duration_seconds_bucket{revision="$revision"}"#, Unit::Seconds)
        .unwrap()
}

/// A source of plain requests.
pub fn requests(server: &servers::Prometheus) -> PrometheusSource {
    client(server, GENEROUS).source(Queries::new(r#"http_requests_total{revision="$revision"}"#).unwrap())
}

/// A question about seconds after `NOON`, asked an hour after it.
pub fn context(revision: &str, from: u64, to: u64) -> MetricContext {
    sample::metric(at(3_600), &RevisionId::new(revision).unwrap(), Window { from: at(from), to: at(to) })
}

/// What is measured.
pub async fn reading(source: &dyn MetricSource, revision: &str, from: u64, to: u64) -> Reading {
    source.observe(&Query::default(), &context(revision, from, to)).await.unwrap()
}

pub async fn measured(source: &dyn MetricSource, revision: &str, from: u64, to: u64) -> Measurement {
    match reading(source, revision, from, to).await {
        Reading::Measured(measurement) => measurement,
        Reading::NoData { reason } => panic!("{reason}"),
    }
}

/// Why there is no data.
pub async fn no_data(source: &dyn MetricSource, revision: &str, from: u64, to: u64) -> String {
    match reading(source, revision, from, to).await {
        Reading::Measured(measurement) => panic!("{measurement:?}"),
        Reading::NoData { reason } => reason,
    }
}
