//! What is hard to bring a real server to: refusals, nonsense, attacks.

use bytes::Bytes;
use deployment_checks::{health::GrpcCheck, secret::Secret};
use deployment_core::{ErrorKind, health::HealthCheck};
use http::{HeaderMap, Response};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::{
    help::{ask, blind, hostile, impatient, nowhere, plain, unhealthy},
    support::{Logs, Peer},
};

/// A server over HTTP/2 that answers so: status, headers, body, trailers. `$` stands for the token that it got.
#[derive(Debug, Clone, Copy)]
struct Answer {
    status: u16,
    header: Option<(&'static str, &'static str)>,
    body: &'static [u8],
    trailers: &'static [(&'static str, &'static str)],
}

const SERVING: Answer = Answer { status: 200, header: None, body: b"\0\0\0\0\x02\x08\x01", trailers: &[("grpc-status", "0")] };

async fn playing(answer: Answer) -> Peer {
    Peer::new(move |stream| async move {
        let service = service_fn(move |request: http::Request<hyper::body::Incoming>| async move {
            let token = request.headers().get("authorization").map_or("", |value| value.to_str().unwrap()).to_owned();
            let trailers: HeaderMap =
                answer.trailers.iter().map(|(name, value)| (name.parse().unwrap(), value.replace('$', &token).parse().unwrap())).collect();
            let body = Full::new(Bytes::from_static(answer.body)).with_trailers(async move { Some(Ok(trailers)) });
            let mut response = Response::new(body);
            *response.status_mut() = answer.status.try_into().unwrap();
            if let Some((name, value)) = answer.header {
                response.headers_mut().insert(name, value.replace('$', &token).parse().unwrap());
            }
            Ok::<_, std::convert::Infallible>(response)
        });
        let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
    })
    .await
}

fn check(peer: &Peer) -> GrpcCheck {
    GrpcCheck::builder("127.0.0.1", peer.port()).access(plain()).build().unwrap()
}

#[tokio::test]
async fn a_call_that_fails_is_unhealthy_and_one_that_is_not_allowed_is_an_error() {
    let failing = |trailers| Answer { body: b"", trailers, ..SERVING };
    unhealthy(&check(&playing(failing(&[("grpc-status", "14"), ("grpc-message", "draining")])).await), "UNAVAILABLE, it says \"draining\"")
        .await;
    unhealthy(&check(&playing(failing(&[("grpc-status", "99")])).await), "grpc-status 99").await;
    unhealthy(&check(&playing(failing(&[("grpc-status", "odd")])).await), "grpc-status 2").await;
    let peer = playing(failing(&[("grpc-status", "12")])).await;
    blind(&check(&peer), ErrorKind::Unsupported, "UNIMPLEMENTED").await;
    let peer = playing(failing(&[("grpc-status", "16")])).await;
    blind(&check(&peer), ErrorKind::Unauthorized, "check the token").await;
    let at_once = Answer { header: Some(("grpc-status", "7")), ..failing(&[]) };
    blind(&check(&playing(at_once).await), ErrorKind::Unauthorized, "PERMISSION_DENIED").await;
    unhealthy(&check(&playing(Answer { status: 503, ..SERVING }).await), "HTTP 503").await;
    blind(&check(&playing(Answer { status: 401, ..SERVING }).await), ErrorKind::Unauthorized, "HTTP 401").await;
}

#[tokio::test]
async fn an_answer_that_is_none_is_unhealthy() {
    crate::help::healthy(&check(&playing(SERVING).await)).await;
    unhealthy(&check(&playing(Answer { trailers: &[], ..SERVING }).await), "no grpc-status").await;
    unhealthy(&check(&playing(Answer { body: b"\0\0\0\0\x02\x08\x03", ..SERVING }).await), "does not know the service").await;
    unhealthy(&check(&playing(Answer { body: b"\0\0\0\0\0", ..SERVING }).await), "does not know whether").await;
    for body in [
        &b""[..],
        b"\0",
        b"\x01\0\0\0\x02\x08\x01",
        b"\0\xff\xff\xff\xff\x08\x01",
        b"\0\0\0\0\x02\x08\x09",
        b"\0\0\0\0\x01\x08",
        b"<html></html>",
    ] {
        unhealthy(&check(&playing(Answer { body, ..SERVING }).await), "none of gRPC's health protocol").await;
    }
    let large = Box::leak(vec![0; 100_000].into_boxed_slice());
    unhealthy(&check(&playing(Answer { body: large, ..SERVING }).await), "larger than 4 KiB").await;
}

#[tokio::test]
async fn hostile_peers_are_unhealthy_in_time_and_within_memory() {
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    for greeting in [
        &b""[..],
        settings,
        b"\0\0\0\x04\0\0\0\0\0\xff\xff\xff\x00\x00\0\0\0\x01",
        b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0b",
    ] {
        for (name, peer) in hostile(greeting).await {
            let check = GrpcCheck::builder("127.0.0.1", peer.port()).access(impatient()).build().unwrap();
            let report = ask(&check).await.unwrap();
            assert_eq!(report.score, 0, "{name} after {greeting:?}: {report:?}");
        }
    }
}

#[tokio::test]
async fn the_token_is_shown_nowhere() {
    Logs::collected();
    let secret = "hunter2-of-grpc";
    let mut texts = Vec::new();
    let echo = &[("grpc-status", "16"), ("grpc-message", "not $")];
    // As gRPC has it, in which any byte may be encoded.
    let encoded = &[("grpc-status", "16"), ("grpc-message", "not %68unter2%2Dof-grpc")];
    for answer in [SERVING, Answer { body: b"", trailers: echo, ..SERVING }, Answer { body: b"", trailers: encoded, ..SERVING }] {
        let peer = playing(answer).await;
        let builder = GrpcCheck::builder("127.0.0.1", peer.port()).access(plain()).bearer(Secret::new(secret));
        texts.push(format!("{builder:?}"));
        let check = builder.build().unwrap();
        texts.extend([format!("{check:?} {}", check.describe()), format!("{:?}", ask(&check).await)]);
    }
    assert!(texts[2].contains("Healthy") && texts[5].contains("[secret]"), "{texts:?}");
    assert!(texts[8].contains("not [secret]"), "{texts:?}");
    // What the test's own server says is not ours: it logs nothing of its requests' headers.
    nowhere(&[secret, "%68unter2"], &texts);
}
