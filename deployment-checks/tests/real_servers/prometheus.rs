//! Prometheus.

use std::time::Duration;

use tokio::net::TcpStream;

use crate::servers::{Prometheus, PrometheusOptions};

const HISTORY: &str = "# TYPE requests counter\n\
    requests_total{revision=\"a\"} 0 1700000000\n\
    requests_total{revision=\"a\"} 60 1700000060\n\
    requests_total{revision=\"a\"} 120 1700000120\n\
    # EOF\n";

#[tokio::test]
async fn it_scrapes_itself_and_answers_queries() {
    let first = Prometheus::start(PrometheusOptions::default()).await;
    let address = first.url().replace("http://", "");
    let server = Prometheus::start(PrometheusOptions::scraping(&[address], Duration::from_millis(100))).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        let answer = server.get("/api/v1/query?query=up").await.unwrap();
        if answer.contains(r#""status":"success""#) && answer.contains(r#","1"]"#) {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "{answer}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn it_knows_the_history_that_it_is_given_also_after_a_stop() {
    let options = PrometheusOptions { history: Some(HISTORY.to_owned()), ..PrometheusOptions::default() };
    let server = Prometheus::start(options).await;
    let query = "/api/v1/query?query=requests_total&time=1700000100";
    let answer = server.get(query).await.unwrap();
    assert!(answer.contains(r#""revision":"a""#) && answer.contains(r#""60"]"#), "{answer}");
    server.stop();
    let error = server.get("/-/ready").await.unwrap_err();
    assert!(error.contains("refused"), "{error}");
    server.restart().await;
    assert_eq!(server.get(query).await.unwrap().lines().last(), answer.lines().last());
}

#[tokio::test]
async fn paused_it_takes_connections_and_answers_nothing() {
    let server = Prometheus::start(PrometheusOptions::default()).await;
    server.pause();
    TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    assert_eq!(server.get("/-/ready").await.unwrap_err(), "no answer");
    server.resume();
    assert!(server.get("/-/ready").await.unwrap().contains(" 200 "));
}

#[tokio::test]
async fn past_its_limit_of_samples_it_refuses_a_query() {
    let flags = vec!["--query.max-samples=1".to_owned()];
    let options = PrometheusOptions { history: Some(HISTORY.to_owned()), flags, ..PrometheusOptions::default() };
    let server = Prometheus::start(options).await;
    let answer = server.get("/api/v1/query?query=requests_total%5B5m%5D&time=1700000120").await.unwrap();
    assert!(answer.contains("too many samples"), "{answer}");
}
