//! Latencies in documents.

use std::time::Duration;

use deployment_checks::metric::{
    Unit,
    json::{Buckets, Fields, JsonEndpoint},
};
use deployment_core::{
    Result,
    metric::{Latency, MetricSource, Query, Reading},
};
use serde_json::{Value, json};

use crate::{
    history::context,
    support::{Peer, client, hostile},
};

async fn read(fields: Fields, document: Value) -> Result<Reading> {
    let peer = Peer::saying(hostile::answer(200, "", document.to_string().as_bytes())).await;
    let url = format!("http://127.0.0.1:{}/$revision?from=$from&to=$to", peer.port());
    let endpoint = JsonEndpoint::builder(&url).unwrap().client(client().build().unwrap()).build().unwrap();
    endpoint.source(fields).observe(&Query::default(), &context("a", 60, 120)).await
}

fn fields() -> Fields {
    Fields::new(["/n", "/refused"], ["/bad", "/refused"]).unwrap()
}

fn document(latency: Value) -> Value {
    json!({"n": 90, "bad": 1, "refused": 10, "latency": latency})
}

#[tokio::test]
async fn fields_are_added_up_and_buckets_come_in_lists_and_objects() {
    let expected = Latency::from_buckets([(5_000, 60), (250_000, 30), (u64::MAX, 5)]);
    for (latency, kind) in [
        (json!([[5, 60], ["250", 30], ["+Inf", 5]]), Buckets::Separate),
        (json!([["+Inf", 95], [250, 90], [5.0, 60]]), Buckets::Cumulative),
        (json!({"+Inf": 95, "250": 90, "5": 60}), Buckets::Cumulative),
    ] {
        let fields = fields().latency_buckets("/latency", Unit::Milliseconds, kind).unwrap();
        let reading = read(fields, document(latency)).await.unwrap();
        let measured = reading.measured().unwrap();
        assert_eq!((measured.requests, measured.errors, &measured.latency), (100, 11, &expected));
    }
}

#[tokio::test]
async fn quantiles_are_what_was_given() {
    let given = [(0.5, "/latency/p50"), (0.95, "/latency/p95"), (0.99, "/latency/p99")];
    let fields = fields().latency_quantiles(given, Unit::Seconds).unwrap();
    let reading = read(fields.clone(), document(json!({"p50": 0.02, "p95": 0.3, "p99": 0.3}))).await.unwrap();
    let latency = reading.measured().unwrap().latency.clone();
    let at = |q| latency.quantile(q).unwrap();
    assert_eq!((at(0.5), at(0.95), at(0.99)), (Duration::from_millis(20), Duration::from_millis(300), Duration::from_millis(300)));
    let bounds: Vec<u64> = latency.buckets().iter().map(|(bound, _)| *bound).collect();
    assert_eq!(bounds, [19_999, 20_000, 299_999, 300_000, u64::MAX], "each is known exactly: its bucket is a microsecond wide");
    assert_eq!(at(0.9), Duration::from_millis(300), "between two it is the higher one");
    assert_eq!(at(1.0), Duration::from_micros(u64::MAX), "above the highest nothing is known");
    let missing = read(fields.clone(), document(json!({"p50": 0.02, "p95": null, "p99": 0.3}))).await.unwrap();
    assert!(matches!(missing, Reading::NoData { .. }));
    let nothing = json!({"n": 0, "bad": 0, "refused": 0, "latency": {"p50": null}});
    assert!(read(fields, nothing).await.unwrap().measured().unwrap().latency.is_empty(), "no requests have no quantiles");
}

#[tokio::test]
async fn latencies_that_cannot_be_are_errors() {
    let buckets = |kind| fields().latency_buckets("/latency", Unit::Seconds, kind).unwrap();
    let quantiles = fields().latency_quantiles([(0.5, "/latency/0"), (0.9, "/latency/1")], Unit::Seconds).unwrap();
    for (fields, latency) in [
        (buckets(Buckets::Separate), json!("fast")),
        (buckets(Buckets::Separate), json!([[1, 2, 3]])),
        (buckets(Buckets::Separate), json!([[-1, 2]])),
        (buckets(Buckets::Separate), json!([["NaN", 2]])),
        (buckets(Buckets::Separate), json!([[1, -2]])),
        (buckets(Buckets::Separate), json!([[1, 101]])),
        (buckets(Buckets::Cumulative), json!([[1, 9], [2, 8]])),
        (quantiles.clone(), json!([2, 1])),
        (quantiles.clone(), json!([-1, 1])),
        (quantiles, json!(["slow", 1])),
    ] {
        let error = read(fields, document(latency.clone())).await.expect_err(&latency.to_string());
        assert!(!error.to_string().is_empty());
    }
}

/// As the examples' stage answers.
#[tokio::test]
async fn documents_in_the_shape_of_the_stage_are_read() {
    let fields = Fields::new(["/requests", "/no_upstream"], ["/errors", "/no_upstream"]).unwrap();
    let fields = fields.latency_buckets("/latency", Unit::Microseconds, Buckets::Separate).unwrap().covered_until("/covered/to").unwrap();
    let window = context("a", 60, 120).window;
    let document = |to: u64| {
        let covered = json!({"from": window.from.as_millis(), "to": to});
        json!({"kind": "data", "covered": covered, "requests": 8, "errors": 1, "no_upstream": 2, "latency": [[1_000, 5], [9_000, 3]]})
    };
    let reading = read(fields.clone(), document(window.to.as_millis())).await.unwrap();
    let measured = reading.measured().unwrap();
    assert_eq!((measured.requests, measured.errors, measured.latency.count()), (10, 3, 8));
    for silent in [document(window.to.as_millis() - 1_000), json!({"kind": "no_data", "reason": "it did not exist"})] {
        assert!(matches!(read(fields.clone(), silent).await.unwrap(), Reading::NoData { .. }));
    }
}
