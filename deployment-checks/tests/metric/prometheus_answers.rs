//! Answers that Prometheus gives seldom, and that others give in its place.

use deployment_checks::metric::{
    Number, NumberSource,
    prometheus::{Prometheus, Queries},
};
use deployment_core::{
    ErrorKind, Result, Status,
    metric::{MetricSource, Query, Reading},
};

use crate::{
    history::{at, context},
    support::{Peer, SHORT, client, hostile},
};

async fn observe(peer: &Peer, deadline: std::time::Duration) -> Result<Reading> {
    let http = client().deadline(deadline).build().unwrap();
    let server = Prometheus::builder(&peer.url("/").to_string()).unwrap().client(http).build().unwrap();
    let source = server.source(Queries::new("requests{revision=\"$revision\"}").unwrap());
    source.observe(&Query::default(), &context("a", 60, 120)).await
}

async fn answered(status: u16, body: &str) -> Result<Reading> {
    observe(&Peer::saying(hostile::answer(status, "", body.as_bytes())).await, SHORT * 20).await
}

fn matrix(series: &str) -> String {
    format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{series}]}}}}")
}

fn samples(values: &[(u64, &str)]) -> String {
    let values: Vec<_> = values.iter().map(|(second, value)| format!("[{},{value:?}]", at(*second).as_millis() / 1_000)).collect();
    format!("{{\"metric\":{{\"instance\":\"1\"}},\"values\":[{}]}}", values.join(","))
}

#[tokio::test]
async fn a_peer_that_attacks_gets_an_error_out_of_it() {
    for (name, peer) in hostile::all().await {
        let error = observe(&peer, SHORT * 5).await.expect_err(name);
        assert!(matches!(error.kind(), ErrorKind::Failed | ErrorKind::Unreachable), "{name}: {error:?}");
        assert_ne!(error.status(), Status::InDoubt, "{name}");
    }
}

#[tokio::test]
async fn every_refusal_says_whether_to_try_again() {
    let refusal = |kind: &str| format!("{{\"status\":\"error\",\"errorType\":\"{kind}\",\"error\":\"mark-1\"}}");
    for (status, body, kind, again) in [
        (400, refusal("bad_data"), ErrorKind::InvalidInput, Status::Permanent),
        (422, refusal("execution"), ErrorKind::Failed, Status::Permanent),
        (503, refusal("timeout"), ErrorKind::Unreachable, Status::Temporary),
        (503, refusal("canceled"), ErrorKind::Unreachable, Status::Temporary),
        (503, refusal("unavailable"), ErrorKind::Unreachable, Status::Temporary),
        (500, refusal("internal"), ErrorKind::Unreachable, Status::Temporary),
        (429, refusal("too_many_requests"), ErrorKind::RateLimited, Status::Temporary),
        (200, refusal("mark-2"), ErrorKind::Failed, Status::Permanent),
        (503, "<html>mark-3".into(), ErrorKind::Unreachable, Status::Temporary),
        (502, String::new(), ErrorKind::Unreachable, Status::Temporary),
        (401, "mark-4".into(), ErrorKind::Unauthorized, Status::Temporary),
        (403, String::new(), ErrorKind::Unauthorized, Status::Temporary),
        (429, String::new(), ErrorKind::RateLimited, Status::Temporary),
        (404, "mark-5".into(), ErrorKind::Failed, Status::Permanent),
        (302, String::new(), ErrorKind::Failed, Status::Permanent),
        (500, matrix(&samples(&[(60, "1"), (120, "2")])), ErrorKind::Unreachable, Status::Temporary),
    ] {
        let error = answered(status, &body).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, again), "{status} {body}: {error}");
        assert!(!format!("{error:?}").contains("mark-"), "{error:?}");
    }
}

#[tokio::test]
async fn what_is_no_answer_of_prometheus_is_an_error() {
    let odd = [
        String::new(),
        "null".into(),
        "[]".into(),
        "{\"status\":\"success\"}".into(),
        "{\"status\":\"success\",\"data\":{}}".into(),
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":{}}}".into(),
        "{\"status\":\"success\",\"data\":{\"resultType\":\"streams\",\"result\":[]}}".into(),
        matrix("{\"metric\":{}}")[..40].into(),
        matrix("{\"metric\":{\"a\":1},\"values\":[]}"),
        matrix("{\"metric\":{},\"values\":[[1,2]]}"),
        matrix("{\"metric\":{},\"values\":[[1,\"many\"]]}"),
        matrix("{\"metric\":{},\"values\":[[-1,\"1\"]]}"),
        matrix("{\"metric\":{},\"values\":[[1e300,\"1\"]]}"),
        matrix(&samples(&[(120, "1"), (60, "2")])),
        matrix(&samples(&[(60, "1"), (60, "2")])),
        "[".repeat(10_000),
    ];
    for body in odd {
        let error = answered(200, &body).await.expect_err(&body);
        assert_eq!(error.status(), Status::Permanent, "{body}: {error}");
    }
    let native = "{\"metric\":{},\"histograms\":[[1,{\"count\":\"1\",\"sum\":\"1\",\"buckets\":[]}]]}";
    let error = answered(200, &matrix(native)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("native histograms"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_trusted_is_no_data() {
    let fine = [(50, "1"), (60, "1"), (120, "3")];
    assert!(answered(200, &matrix(&samples(&fine))).await.unwrap().measured().is_some());
    let warned = matrix(&samples(&fine)).replacen("\"status\"", "\"warnings\":[\"a store did not answer\"],\"status\"", 1);
    let mut bodies = vec![warned, matrix("")];
    bodies.extend(["NaN", "+Inf", "-1"].map(|odd| matrix(&samples(&[(60, "1"), (70, odd), (120, "3")]))));
    for body in bodies {
        assert!(matches!(answered(200, &body).await.unwrap(), Reading::NoData { .. }), "{body}");
    }
}

#[tokio::test]
async fn a_warning_makes_a_number_no_data() {
    let body = "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"value\":[1,\"5\"]}]}}";
    for (body, known) in [(body.to_owned(), true), (body.replacen('{', "{\"warnings\":[\"partial\"],", 1), false)] {
        let peer = Peer::saying(hostile::answer(200, "", body.as_bytes())).await;
        let server = Prometheus::builder(&peer.url("/").to_string()).unwrap().client(client().build().unwrap()).build().unwrap();
        let number = server.number("max(cpu)").unwrap().number(&context("a", 60, 120)).await.unwrap();
        assert_eq!(matches!(number, Number::Known(_)), known);
    }
}

#[tokio::test]
async fn the_path_of_the_address_is_kept_and_the_tenant_is_named() {
    let peer = Peer::keeping(|_| hostile::answer(200, "", matrix("").as_bytes())).await;
    for path in ["/prometheus", "/prometheus/"] {
        let server = Prometheus::builder(&peer.url(path).to_string()).unwrap().client(client().build().unwrap()).tenant("shop").build();
        server.unwrap().instant("up", at(0)).await.unwrap();
    }
    for request in peer.requests() {
        assert!(request.starts_with("GET /prometheus/api/v1/query?query=up&time=1767268800.000 "), "{request}");
        assert!(request.contains("x-scope-orgid: shop"), "{request}");
    }
    assert_eq!(peer.requests().len(), 2);
}
