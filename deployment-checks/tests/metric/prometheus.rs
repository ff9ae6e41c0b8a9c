//! Counts of the past, at a real server.

use deployment_checks::metric::prometheus::Queries;
use deployment_core::{
    metric::{Latency, Measurement, MetricSource, Query},
    testkit::{assert_none, conformance},
};

use crate::{
    history::{EVERY, History, at, client, context, measured, no_data, queries, requests},
    support::GENEROUS,
};

#[tokio::test]
async fn requests_errors_and_latencies_are_counted_exactly_over_all_instances() {
    let server = History::default().usual("a", "1").usual("a", "2").usual("b", "3").serve().await;
    let source = client(&server, GENEROUS).source(queries());
    let latency = Latency::from_buckets([(100_000, 360), (500_000, 96), (u64::MAX, 24)]);
    let expected = Measurement { requests: 480, errors: 24, latency };
    assert_eq!(measured(&source, "a", 60, 180).await, expected, "12 scrapes of 2 instances");
    assert_eq!(measured(&source, "a", 65, 185).await, expected, "ends between scrapes are moved back to them");
    assert_eq!(source.lag().as_secs(), EVERY + 5);
    let query = "increase(http_requests_total{code=\"503\",instance=\"1\",revision=\"a\"}[115s])";
    let answer = client(&server, GENEROUS).instant(query, at(185)).await.unwrap();
    let [(_, increase)] = answer.series[0].samples[..] else { panic!() };
    assert!(increase.fract() > 0.01, "{increase}: this is why PromQL's own increase() is not asked");
}

#[tokio::test]
async fn the_source_keeps_the_contract() {
    let server = History::default().usual("a", "1").usual("a", "2").serve().await;
    let source = client(&server, GENEROUS).source(queries());
    for (from, to) in [(60, 180), (61, 187), (0, 600)] {
        let to = if to == 600 { 590 } else { to };
        assert_none(&conformance::metric::check(&source, &Query::default(), &context("a", from, to)).await);
    }
}

#[tokio::test]
async fn windows_that_touch_count_every_request_once() {
    let server = History::default().usual("a", "1").serve().await;
    let source = client(&server, GENEROUS).source(queries());
    let whole = measured(&source, "a", 33, 333).await;
    let mut parts = Measurement::default();
    for (from, to) in [(33, 51), (51, 139), (139, 150), (150, 333)] {
        let part = measured(&source, "a", from, to).await;
        parts.requests += part.requests;
        parts.errors += part.errors;
        parts.latency = parts.latency.merged(&part.latency);
    }
    assert_eq!(parts, whole);
}

#[tokio::test]
async fn a_counter_that_starts_again_in_the_window_is_counted_on() {
    let values = [100, 110, 120, 5, 15, 3, 13, 23].map(Some);
    let server = History::default().counter("http_requests_total{revision=\"a\",instance=\"1\"}", 0, values).serve().await;
    let source = requests(&server);
    assert_eq!(measured(&source, "a", 0, 60).await.requests, 10 + 10 + 5 + 10 + 3 + 10);
    assert_eq!(measured(&source, "a", 20, 30).await.requests, 5);
}

#[tokio::test]
async fn what_does_not_grow_is_zero_and_what_is_not_there_is_no_data() {
    let server = History::default()
        .steady("http_requests_total{revision=\"idle\",instance=\"1\"}", 0, 61, 0)
        .steady("http_requests_total{revision=\"old\",instance=\"2\"}", 0, 13, 7)
        .serve()
        .await;
    let source = requests(&server);
    assert_eq!(measured(&source, "idle", 60, 120).await, Measurement::default());
    assert!(no_data(&source, "nobody", 60, 120).await.contains("no series"));
    assert_eq!(measured(&source, "old", 60, 110).await.requests, 35);
    assert!(no_data(&source, "old", 60, 130).await.contains("not scraped since"), "it went within the window");
    assert!(no_data(&source, "old", 125, 185).await.contains("no scrape lies in the window"), "it went just before");
    assert!(no_data(&source, "old", 300, 360).await.contains("no series"), "it went long ago");
}

#[tokio::test]
async fn samples_that_are_still_to_come_are_no_data() {
    let server = History::default().steady("http_requests_total{revision=\"a\",instance=\"1\"}", 0, 61, 7).serve().await;
    let source = requests(&server);
    assert_eq!(measured(&source, "a", 540, 600).await.requests, 42, "the last scrape is at the window's end");
    assert!(no_data(&source, "a", 540, 601).await.contains("late"));
    assert!(no_data(&source, "a", 540, 3_601).await.contains("not over"));
    assert!(no_data(&source, "a", 61, 69).await.contains("longer than the scrape interval"));
    assert!(no_data(&source, "a", 61, 61).await.contains("empty"));
}

#[tokio::test]
async fn the_first_errors_of_all_count() {
    let errors = std::iter::repeat_n(None, 10).chain([Some(3), Some(4), Some(4)]);
    let server = History::default()
        .steady("http_requests_total{revision=\"a\",instance=\"1\",code=\"200\"}", 0, 61, 5)
        .counter("http_requests_total{revision=\"a\",instance=\"1\",code=\"500\"}", 0, errors)
        .serve()
        .await;
    let queries = Queries::new("http_requests_total{revision=\"$revision\"}").unwrap().errors_where("code=~\"5..\"").unwrap();
    let source = client(&server, GENEROUS).source(queries);
    assert_eq!(measured(&source, "a", 30, 90).await.errors, 0, "none yet, and it is known that there are none");
    let first = measured(&source, "a", 60, 120).await;
    assert_eq!((first.requests, first.errors), (34, 4), "the series begins with 3: PromQL's increase() would see 1");
}

#[tokio::test]
async fn a_value_matches_only_itself_whatever_is_in_it() {
    let odd = r#"v1.0|.*\"}'"#;
    let server = History::default()
        .steady(r#"http_requests_total{revision="v1.0",instance="1"}"#, 0, 61, 1)
        .steady(r#"http_requests_total{revision="v1x0",instance="2"}"#, 0, 61, 10)
        .steady(r#"http_requests_total{revision="v1.0|.*\\\"}'",instance="3"}"#, 0, 61, 100)
        .serve()
        .await;
    for template in [r#"{__name__="http_requests_total",revision="$revision"}"#, "http_requests_total{revision =~ '$revision'}"] {
        let source = client(&server, GENEROUS).source(Queries::new(template).unwrap());
        assert_eq!(measured(&source, "v1.0", 60, 120).await.requests, 6, "{template}");
        assert_eq!(measured(&source, odd, 60, 120).await.requests, 600, "{template}");
        assert!(no_data(&source, ".*", 60, 120).await.contains("no series"), "{template}");
    }
}

#[tokio::test]
async fn several_queries_are_told_apart_by_name() {
    let server = History::default().usual("a", "1").serve().await;
    let only = |code: &str| Queries::new(&format!("http_requests_total{{revision=\"$revision\",code=\"{code}\"}}")).unwrap();
    let source = requests(&server).named("fine", only("200"));
    let fine = source.observe(&Query("fine".into()), &context("a", 60, 120)).await.unwrap();
    assert_eq!(fine.measured().unwrap().requests, 114);
    let error = source.observe(&Query("other".into()), &context("a", 60, 120)).await.unwrap_err();
    assert!(error.to_string().contains("there are: fine"), "{error}");
}
