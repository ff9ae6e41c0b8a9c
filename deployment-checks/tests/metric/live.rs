//! A small exporter that is being scraped.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use deployment_checks::metric::{
    Unit,
    prometheus::{Prometheus, PrometheusSource, Queries},
};
use deployment_core::{
    RevisionId, Timestamp,
    metric::{Latency, Measurement, MetricSource, Query, Reading},
    testkit::sample,
    time::{Clock, SystemClock, Window},
};

use crate::{
    servers::{self, PrometheusOptions},
    support::{GENEROUS, Peer, client, hostile},
};

const EVERY: Duration = Duration::from_millis(500);

/// Says how much it has been told to count.
#[derive(Debug, Default)]
struct Exporter {
    requests: AtomicU64,
    gone: AtomicBool,
}

impl Exporter {
    fn page(&self) -> Vec<u8> {
        if self.gone.load(Ordering::SeqCst) {
            return hostile::answer(200, "content-type: text/plain\r\n", b"other 1\n");
        }
        let n = self.requests.load(Ordering::SeqCst);
        let (ok, bad) = (n - n / 10, n / 10);
        let text = format!(
            "# TYPE http_requests_total counter\n\
             http_requests_total{{revision=\"a\",code=\"200\"}} {ok}\nhttp_requests_total{{revision=\"a\",code=\"500\"}} {bad}\n\
             # TYPE took histogram\n\
             took_bucket{{revision=\"a\",le=\"0.1\"}} {ok}\ntook_bucket{{revision=\"a\",le=\"+Inf\"}} {n}\n\
             took_count{{revision=\"a\"}} {n}\ntook_sum{{revision=\"a\"}} 1\n"
        );
        hostile::answer(200, "content-type: text/plain\r\n", text.as_bytes())
    }
}

fn source(server: &servers::Prometheus) -> PrometheusSource {
    let queries = Queries::new("http_requests_total{revision=\"$revision\"}").unwrap().errors_where("code=\"500\"").unwrap();
    let queries = queries.latency("took_bucket{revision=\"$revision\"}", Unit::Seconds).unwrap();
    let http = client().body_limit(1 << 20).build().unwrap();
    // A scrape may be late on a busy machine: far more than the interval is allowed between two.
    let server = Prometheus::builder(&server.url()).unwrap().client(http).scrape_interval(EVERY * 10).build().unwrap();
    server.source(queries)
}

/// Asks about a window until there is data.
async fn soon(source: &PrometheusSource, window: Window) -> Measurement {
    let deadline = tokio::time::Instant::now() + GENEROUS * 3;
    loop {
        match look(source, window).await {
            Reading::Measured(measurement) => return measurement,
            Reading::NoData { reason } => assert!(tokio::time::Instant::now() < deadline, "{reason}"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn look(source: &PrometheusSource, window: Window) -> Reading {
    let context = sample::metric(SystemClock.now(), &RevisionId::new("a").unwrap(), window);
    source.observe(&Query::default(), &context).await.unwrap()
}

/// Waits until it has been scraped so many times more.
async fn scraped(peer: &Peer, times: usize) -> Timestamp {
    let seen = peer.requests().len();
    let deadline = tokio::time::Instant::now() + GENEROUS * 3;
    while peer.requests().len() < seen + times {
        assert!(tokio::time::Instant::now() < deadline, "nobody scrapes");
        tokio::time::sleep(EVERY / 10).await;
    }
    SystemClock.now()
}

#[tokio::test]
async fn what_an_exporter_counts_is_measured_to_the_last_request_and_ends_with_it() {
    let exporter = Arc::new(Exporter::default());
    exporter.requests.store(1_000, Ordering::SeqCst);
    let shown = Arc::clone(&exporter);
    let peer = Peer::keeping(move |_| shown.page()).await;
    let options = PrometheusOptions::scraping(&[format!("127.0.0.1:{}", peer.port())], EVERY);
    let server = servers::Prometheus::start(options).await;
    let source = source(&server);

    let from = scraped(&peer, 2).await;
    exporter.requests.store(1_200, Ordering::SeqCst);
    let to = scraped(&peer, 2).await;
    let measured = soon(&source, Window { from, to }).await;
    let latency = Latency::from_buckets([(100_000, 180), (u64::MAX, 20)]);
    assert_eq!(measured, Measurement { requests: 200, errors: 20, latency });

    let idle = Window { from: to, to: scraped(&peer, 2).await };
    assert_eq!(soon(&source, idle).await, Measurement::default(), "known to have had none");

    exporter.gone.store(true, Ordering::SeqCst);
    scraped(&peer, 2).await;
    let begin = SystemClock.now();
    let end = scraped(&peer, 3).await;
    scraped(&peer, 1).await;
    let after = look(&source, Window { from: begin, to: end }).await;
    assert!(matches!(after, Reading::NoData { .. }), "a series that has gone stale is not zero: {after:?}");
}
