//! JSON documents from a server.

use std::time::Duration;

use deployment_checks::{
    metric::{
        Number, NumberSource, Unit,
        json::{Buckets, Fields, JsonEndpoint, JsonSource},
    },
    secret::Secret,
};
use deployment_core::{
    ErrorKind, Result, Status,
    metric::{Measurement, MetricSource, Query, Reading},
    testkit::{assert_none, conformance},
};
use serde_json::{Value, json};

use crate::{
    history::{at, context},
    support::{Peer, SHORT, client, hostile},
};

const PATH: &str = "/v1/$service/$revision?from=$from_s&to=$to_s";

fn endpoint(peer: &Peer) -> JsonEndpoint {
    within(peer, SHORT * 20)
}

fn within(peer: &Peer, deadline: Duration) -> JsonEndpoint {
    let url = format!("http://127.0.0.1:{}{PATH}", peer.port());
    JsonEndpoint::builder(&url).unwrap().client(client().deadline(deadline).build().unwrap()).build().unwrap()
}

fn fields() -> Fields {
    Fields::new(["/requests"], ["/errors"]).unwrap()
}

fn source(peer: &Peer) -> JsonSource {
    endpoint(peer).source(fields().range("/from", "/to").unwrap())
}

/// Two requests per second of a window, and one error per four seconds, for revision `a`.
async fn service() -> Peer {
    Peer::keeping(|request| {
        let path = request.split(' ').nth(1).unwrap();
        let number = |name: &str| -> u64 { path.split(['?', '&']).find_map(|pair| pair.strip_prefix(name)).unwrap().parse().unwrap() };
        let (from, to) = (number("from="), number("to="));
        if !path.starts_with("/v1/shop/a?") {
            return hostile::answer(404, "", b"");
        }
        let document = json!({"from": from, "to": to, "requests": 2 * (to - from), "errors": to / 4 - from / 4});
        hostile::answer(200, "", document.to_string().as_bytes())
    })
    .await
}

async fn says(status: u16, body: &str) -> Result<Reading> {
    let peer = Peer::saying(hostile::answer(status, "", body.as_bytes())).await;
    endpoint(&peer).source(fields()).observe(&Query::default(), &context("a", 60, 120)).await
}

#[tokio::test]
async fn the_source_keeps_the_contract() {
    let peer = service().await;
    let source = source(&peer);
    assert_none(&conformance::metric::check(&source, &Query::default(), &context("a", 60, 120)).await);
    let reading = source.observe(&Query::default(), &context("a", 60, 120)).await.unwrap();
    assert_eq!(reading.measured(), Some(&Measurement { requests: 120, errors: 15, ..Measurement::default() }));
    assert!(source.can_backfill());
    let error = source.observe(&Query("other".into()), &context("a", 60, 120)).await.unwrap_err();
    assert!(error.to_string().contains("must be empty"), "{error}");
}

#[tokio::test]
async fn what_is_not_there_is_no_data_and_what_is_wrong_is_an_error() {
    for (status, body) in [
        (404, "{}"),
        (200, "null"),
        (200, "{}"),
        (200, "{\"requests\":null,\"errors\":0}"),
        (200, "{\"requests\":5}"),
        (200, "[]"),
        (200, "7"),
    ] {
        assert!(matches!(says(status, body).await.unwrap(), Reading::NoData { .. }), "{status} {body}");
    }
    for (status, body, kind) in [
        (200, "", ErrorKind::Failed),
        (200, "{", ErrorKind::Failed),
        (200, "{\"requests\":\"mark-1\",\"errors\":0}", ErrorKind::Failed),
        (200, "{\"requests\":-1,\"errors\":0}", ErrorKind::Failed),
        (200, "{\"requests\":1.5,\"errors\":0}", ErrorKind::Failed),
        (200, "{\"requests\":1e300,\"errors\":0}", ErrorKind::Failed),
        (200, "{\"requests\":1,\"errors\":2}", ErrorKind::Failed),
        (302, "mark-2", ErrorKind::Failed),
        (400, "mark-3", ErrorKind::Failed),
        (401, "mark-4", ErrorKind::Unauthorized),
        (429, "", ErrorKind::RateLimited),
        (500, "mark-5", ErrorKind::Unreachable),
        (503, "", ErrorKind::Unreachable),
    ] {
        let error = says(status, body).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {body}: {error}");
        assert!(!format!("{error:?}").contains("mark-"), "{error:?}");
    }
    assert_eq!(says(200, "{\"requests\":3.0,\"errors\":0}").await.unwrap().measured().unwrap().requests, 3);
}

#[tokio::test]
async fn statuses_that_mean_no_data_can_be_chosen() {
    let peer = Peer::keeping(|_| hostile::answer(410, "", b"")).await;
    let url = format!("http://127.0.0.1:{}{PATH}", peer.port());
    let builder = JsonEndpoint::builder(&url).unwrap().client(client().build().unwrap()).absent([410]);
    let reading = builder.build().unwrap().source(fields()).observe(&Query::default(), &context("a", 60, 120)).await.unwrap();
    assert_eq!(reading, Reading::NoData { reason: "status 410".into() });
}

#[tokio::test]
async fn a_document_about_another_time_or_one_that_is_not_complete_is_no_data() {
    let document = |from: Value, to: Value| json!({"requests": 1, "errors": 0, "from": from, "to": to}).to_string();
    let (from, to) = (at(60), at(120));
    let millis = |at: deployment_core::Timestamp| json!(at.as_millis());
    for (body, there) in [
        (document(millis(from), millis(to)), true),
        (document(json!(from.to_string()), json!(to.as_millis() as f64 / 1_000.0)), true),
        (document(millis(at(59)), millis(to)), false),
        (document(millis(from), millis(at(119))), false),
        (document(Value::Null, millis(to)), false),
    ] {
        let peer = Peer::saying(hostile::answer(200, "", body.as_bytes())).await;
        let reading = source(&peer).observe(&Query::default(), &context("a", 60, 120)).await.unwrap();
        assert_eq!(reading.measured().is_some(), there, "{body}: {reading:?}");
    }
    for (until, there) in [(at(119), false), (at(120), true), (at(500), true)] {
        let body = document(Value::Null, json!(until.to_string()));
        let peer = Peer::saying(hostile::answer(200, "", body.as_bytes())).await;
        let source = endpoint(&peer).source(fields().covered_until("/to").unwrap());
        let reading = source.observe(&Query::default(), &context("a", 60, 120)).await.unwrap();
        assert_eq!(reading.measured().is_some(), there, "{reading:?}");
    }
}

#[tokio::test]
async fn a_peer_that_attacks_gets_an_error_out_of_it() {
    for (name, peer) in hostile::all().await {
        let source = within(&peer, SHORT * 5).source(fields());
        let error = source.observe(&Query::default(), &context("a", 60, 120)).await.expect_err(name);
        assert!(matches!(error.kind(), ErrorKind::Failed | ErrorKind::Unreachable), "{name}: {error:?}");
        assert_ne!(error.status(), Status::InDoubt, "{name}");
    }
}

#[tokio::test]
async fn a_number_is_known_or_no_data() {
    for (body, expected) in [("{\"cpu\":{\"max\":71.5}}", Some(71.5)), ("{\"cpu\":{}}", None), ("{\"cpu\":{\"max\":null}}", None)] {
        let peer = Peer::saying(hostile::answer(200, "", body.as_bytes())).await;
        let number = endpoint(&peer).number("/cpu/max").unwrap().number(&context("a", 60, 120)).await.unwrap();
        assert_eq!(expected, if let Number::Known(value) = number { Some(value) } else { None }, "{body}");
    }
    let peer = Peer::saying(hostile::answer(200, "", b"{\"cpu\":\"high\"}")).await;
    let error = endpoint(&peer).number("/cpu").unwrap().number(&context("a", 60, 120)).await.unwrap_err();
    assert!(error.to_string().contains("/cpu is not a number"), "{error}");
}

#[tokio::test]
async fn values_stay_in_their_part_of_the_url() {
    let peer = Peer::keeping(|_| hostile::answer(404, "", b"")).await;
    let source = endpoint(&peer).source(fields());
    for revision in ["a/../b", "a?x=y&to=0#", "%2e%2e", "a\\b"] {
        source.observe(&Query::default(), &context(revision, 60, 120)).await.unwrap();
    }
    let paths: Vec<_> = peer.requests().iter().map(|request| request.split(['?', ' ']).nth(1).unwrap().to_owned()).collect();
    assert_eq!(paths, ["/v1/shop/a%2F..%2Fb", "/v1/shop/a%3Fx%3Dy%26to%3D0%23", "/v1/shop/%252e%252e", "/v1/shop/a%5Cb"]);
    let error = source.observe(&Query::default(), &context("..", 60, 120)).await.unwrap_err();
    assert!(error.to_string().contains("another path"), "{error}");
}

#[test]
fn mistakes_are_told_before_anything_is_asked() {
    for (url, why) in [
        ("metrics", "url"),
        ("https://m/?from=$from&to=$to", "$revision is not in it"),
        ("https://m/$revision", "$from and $to are not in it"),
        ("https://m/$revision?from=$from", "$from and $to are not in it"),
        ("https://m/$version?from=$from&to=$to&key=mark-1", "unknown variable"),
        ("https://$service/$revision?from=$from&to=$to", "in the host"),
        ("https://ada:mark-1@m/$revision?from=$from&to=$to", "user or password"),
    ] {
        let error = JsonEndpoint::builder(url).and_then(deployment_checks::metric::json::JsonBuilder::build).unwrap_err();
        assert!(error.to_string().contains(why) && !format!("{error:?}").contains("mark-"), "{error}");
    }
    let url = "https://m/$service?from=$from&to=$to";
    JsonEndpoint::builder(url).unwrap().of_service().build().unwrap();
    assert!(JsonEndpoint::builder(url).unwrap().of_service().bearer(Secret::new("a\n")).build().is_err());
    let wrong = |result: Result<Fields>, why: &str| assert!(result.as_ref().unwrap_err().to_string().contains(why), "{result:?}");
    let fields = || Fields::new(["/r"], ["/e"]).unwrap();
    wrong(Fields::new([], ["/e"]), "no field is named");
    wrong(Fields::new(["requests.count"], []), "/requests/count");
    wrong(fields().range("from", "/to"), "JSON pointer");
    wrong(fields().covered_until("~"), "lone ~");
    wrong(fields().latency_buckets("l", Unit::Seconds, Buckets::Separate), "JSON pointer");
    let none: [(f64, &str); 0] = [];
    wrong(fields().latency_quantiles(none, Unit::Seconds), "at least one quantile");
    for odd in [[(0.0, "/a"), (0.5, "/b")], [(0.5, "/a"), (1.1, "/b")], [(0.9, "/a"), (0.5, "/b")], [(f64::NAN, "/a"), (0.5, "/b")]] {
        wrong(fields().latency_quantiles(odd, Unit::Seconds), "at least one quantile");
    }
}
