//! A server that is stopped, paused, full, slow, or does not understand.

use std::time::Duration;

use deployment_checks::metric::{Number, NumberSource};
use deployment_core::{
    ErrorKind, Status,
    metric::{MetricSource, Query},
    time::Window,
};

use crate::{
    history::{EVERY, History, at, client, context, measured, queries, requests},
    support::GENEROUS,
};

#[tokio::test]
async fn stopped_or_paused_it_cannot_be_asked_and_trying_again_may_help() {
    let server = History::default().usual("a", "1").serve().await;
    let source = client(&server, Duration::from_secs(2)).source(queries());
    let patient = client(&server, GENEROUS).source(queries());
    let before = measured(&patient, "a", 60, 120).await;
    server.stop();
    let error = source.observe(&Query::default(), &context("a", 60, 120)).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::Temporary), "{error}");
    server.restart().await;
    assert_eq!(measured(&patient, "a", 60, 120).await, before);
    server.pause();
    let error = source.observe(&Query::default(), &context("a", 60, 120)).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::Temporary), "{error}");
    assert!(error.to_string().contains("no whole answer in time"), "{error}");
    server.resume();
    assert_eq!(measured(&patient, "a", 60, 120).await, before);
}

#[tokio::test]
async fn past_its_limit_of_samples_it_refuses_for_good() {
    let server = History::default().usual("a", "1").serve_with(&["--query.max-samples=10"]).await;
    let error = requests(&server).observe(&Query::default(), &context("a", 60, 540)).await.unwrap_err();
    assert!(error.to_string().contains("query.max-samples"), "{error}");
    assert_eq!(error.status(), Status::Permanent);
}

#[tokio::test]
async fn what_takes_it_too_long_may_be_tried_again() {
    let server = History::default().usual("a", "1").serve_with(&["--query.timeout=1ms"]).await;
    let slow = client(&server, GENEROUS).number("sum_over_time(sum(http_requests_total)[30d:2s])").unwrap();
    let error = slow.number(&context("a", 60, 540)).await.unwrap_err();
    assert!(error.to_string().contains("longer than the server allows"), "{error}");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::Temporary));
}

#[tokio::test]
async fn a_query_that_it_does_not_understand_is_our_mistake() {
    let server = History::default().usual("a", "1").serve().await;
    for expression in ["sum(", "no_such_function(up)", "\"text\"", "up[5m] + 1"] {
        let number = client(&server, GENEROUS).number(expression).unwrap();
        let error = number.number(&context("a", 60, 120)).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidInput, Status::Permanent), "{expression}: {error}");
        assert!(error.to_string().contains(expression), "{error}");
    }
}

#[tokio::test]
async fn numbers_are_known_or_no_data_and_never_several() {
    let server = History::default().usual("a", "1").usual("b", "2").serve().await;
    let ask = async |expression: &str| client(&server, GENEROUS).number(expression).unwrap().number(&context("a", 60, 120)).await;
    let known = ask("sum(max_over_time(http_requests_total{revision=\"$revision\",code=\"503\"}[$window]))").await.unwrap();
    assert_eq!(known, Number::Known(1_012.0));
    assert_eq!(ask("42").await.unwrap(), Number::Known(42.0), "a scalar");
    for empty in ["no_such_metric", "vector(0) / 0", "1 / vector(0)", "sum(http_requests_total{revision=\"c\"})"] {
        assert!(matches!(ask(empty).await.unwrap(), Number::NoData { .. }), "{empty}");
    }
    let error = ask("http_requests_total").await.unwrap_err();
    assert!(error.to_string().contains("4 series"), "{error}");
}

#[tokio::test]
async fn a_range_is_a_sample_per_step() {
    let server = History::default().usual("a", "1").serve().await;
    let window = Window { from: at(60), to: at(120) };
    let query = "sum(http_requests_total{revision=\"a\"})";
    let answer = client(&server, GENEROUS).range(query, window, Duration::from_secs(EVERY)).await.unwrap();
    let expected: Vec<_> = (6..=12).map(|i| (at(i * EVERY), (2_000 + i * 20) as f64)).collect();
    assert_eq!((answer.series[0].samples.clone(), answer.partial), (expected, false));
    assert!(client(&server, GENEROUS).range(query, window, Duration::ZERO).await.unwrap_err().to_string().contains("step"));
}
