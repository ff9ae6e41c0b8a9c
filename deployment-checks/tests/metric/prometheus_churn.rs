//! Instances that come and go, scrapes that fail, series that are there twice.

use deployment_checks::metric::{
    Unit,
    prometheus::{Churn, Queries},
};
use deployment_core::{
    ErrorKind,
    metric::{MetricSource, Query},
};

use crate::{
    history::{History, client, context, measured, no_data, requests},
    support::GENEROUS,
};

const PLAIN: &str = "http_requests_total{revision=\"$revision\"}";

fn series(labels: &str) -> String {
    format!("http_requests_total{{revision=\"a\",{labels}}}")
}

#[tokio::test]
async fn an_instance_that_comes_or_goes_is_no_data_unless_told_to_count_it() {
    let server = History::default()
        .steady(&series("instance=\"stays\""), 0, 61, 10)
        .counter(&series("instance=\"comes\""), 100, (0..50).map(|i| Some(1_000_000 + i)))
        .steady(&series("instance=\"goes\""), 0, 31, 100)
        .serve()
        .await;
    let strict = requests(&server);
    let counting = requests(&server).churn(Churn::Counted);
    assert!(no_data(&strict, "a", 50, 150).await.contains("\"comes\" was not scraped in the 25 s before"));
    assert_eq!(measured(&counting, "a", 50, 150).await.requests, 100 + 1_000 + 5);
    assert_eq!(measured(&strict, "a", 150, 250).await.requests, 100 + 1_000 + 10);
    assert!(no_data(&strict, "a", 250, 350).await.contains("\"goes\" was not scraped since"));
    assert_eq!(measured(&counting, "a", 250, 350).await.requests, 100 + 500 + 10);
    assert_eq!(measured(&strict, "a", 350, 450).await.requests, 110);
    assert!(no_data(&counting, "a", 550, 610).await.contains("late"), "that nobody was scraped is no churn");
}

#[tokio::test]
async fn a_scrape_that_failed_is_no_data() {
    let up = (0..61).map(|i| Some(u64::from(i != 20)));
    let server = History::default()
        .counter(&series("instance=\"1\""), 0, (0..61).map(|i| (i != 20).then_some(i * 3)))
        .counter("up{job=\"shop\",instance=\"1\"}", 0, up)
        .serve()
        .await;
    assert_eq!(measured(&requests(&server), "a", 150, 250).await.requests, 30, "counters go on over a gap");
    let watchful = client(&server, GENEROUS).source(Queries::new(PLAIN).unwrap().up("up{job=\"$service\"}").unwrap());
    assert_eq!(measured(&watchful, "a", 50, 150).await.requests, 30);
    assert!(no_data(&watchful, "a", 150, 250).await.contains("a scrape of instance \"1\" failed"));
}

#[tokio::test]
async fn a_counter_that_is_there_twice_is_refused() {
    for (one, other) in [("prometheus_replica=\"0\"", "prometheus_replica=\"1\""), ("job=\"x\"", "job=\"y\"")] {
        let history = [one, other]
            .iter()
            .fold(History::default(), |history, label| history.steady(&series(&format!("instance=\"1\",{label}")), 0, 61, 10));
        let server = history.serve().await;
        let error = requests(&server).observe(&Query::default(), &context("a", 60, 120)).await.unwrap_err();
        assert!(error.to_string().contains("there twice"), "{error}");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[tokio::test]
async fn counters_that_do_not_belong_together_are_refused() {
    let server = History::default()
        .steady(&series("instance=\"1\""), 0, 61, 10)
        .steady("errors_total{revision=\"a\",instance=\"1\"}", 0, 61, 30)
        .steady("bucket{revision=\"a\",instance=\"1\",le=\"1\"}", 0, 61, 5)
        .steady("bucket{revision=\"a\",instance=\"1\",le=\"+Inf\"}", 0, 61, 30)
        .serve()
        .await;
    let plain = || Queries::new(PLAIN).unwrap();
    let same = "do not count the same requests";
    let bucket = |matchers: &str| plain().latency(&format!("bucket{{revision=\"$revision\"{matchers}}}"), Unit::Seconds).unwrap();
    for (queries, why) in [
        (plain().errors("errors_total{revision=\"$revision\"}").unwrap(), same),
        (plain().errors_where("code=~\"5..\"").unwrap(), "has the label \"code\""),
        (bucket(""), same),
        (bucket(",le!=\"+Inf\""), "no bucket le=\"+Inf\""),
        (plain().latency("http_requests_total{revision=\"$revision\"}", Unit::Seconds).unwrap(), "ends with _bucket"),
    ] {
        let error = client(&server, GENEROUS).source(queries).observe(&Query::default(), &context("a", 60, 120)).await.unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[tokio::test]
async fn a_counter_of_errors_that_is_missing_is_not_zero_errors() {
    let server = History::default().steady(&series("instance=\"1\""), 0, 61, 10).serve().await;
    let plain = || Queries::new(PLAIN).unwrap();
    let source = client(&server, GENEROUS).source(plain().errors("errors_total{revision=\"$revision\"}").unwrap());
    assert!(no_data(&source, "a", 60, 120).await.contains("no series of errors of instance \"1\""));
    let source = client(&server, GENEROUS).source(plain().latency("bucket{revision=\"$revision\"}", Unit::Seconds).unwrap());
    assert!(no_data(&source, "a", 60, 120).await.contains("no series of latency"));
}
