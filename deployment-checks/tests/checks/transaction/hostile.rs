//! Peers that attack.

use std::time::Duration;

use deployment_checks::{
    expect::{Expect, JsonRule},
    suite::transaction::{Call, Capture, Cookies},
};
use deployment_core::health::HealthStatus;
use tokio::time::{Instant, timeout};

use super::{
    super::support::{GENEROUS, Peer, SHORT, hostile},
    failure, run, transaction,
};

#[tokio::test]
async fn every_attack_ends_in_time_as_unhealthy() {
    for (name, peer) in hostile::all().await {
        let call = Call::get("/").timeout(SHORT).expect(Expect::new().json("/status", JsonRule::equals("ok")).unwrap());
        let calls = transaction().cookies(Cookies::Shared).call(call);
        let began = Instant::now();
        let report = timeout(GENEROUS, run(calls, &peer)).await.unwrap_or_else(|_| panic!("{name}: no end")).unwrap();
        assert_eq!(report.status, HealthStatus::Unhealthy, "{name}: {}", report.evidence);
        assert!(report.evidence.len() < 1_000, "{name}: {}", report.evidence);
        assert!(began.elapsed() < GENEROUS, "{name}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_that_is_not_followed() {
    let peer = Peer::saying(hostile::answer(302, "location: http://169.254.169.254/latest/meta-data/\r\n", b"")).await;
    assert_eq!(failure(transaction().call(Call::get("/")), &peer).await, "call 1 of 1, GET /: status is 302, it must be 200-299");
}

#[tokio::test]
async fn odd_bytes_are_told_and_break_nothing() {
    let body = [&b"\xff\xfe\x00\x1b[2J"[..], &b"x".repeat(60_000)].concat();
    let peer = Peer::saying(hostile::answer(200, "x-raw: caf\u{e9}\r\nset-cookie: \u{1}=;;=\r\n", &body)).await;
    let call = Call::get("/").expect(Expect::new().json("/a", JsonRule::Exists).unwrap()).capture("c", Capture::cookie("sid"));
    let why = failure(transaction().cookies(Cookies::Shared).call(call), &peer).await;
    assert!(why.len() < 1_000 && !why.contains('\u{1b}'), "{why:?}");
    let deep = Peer::saying(hostile::answer(200, "", "[".repeat(60_000).as_bytes())).await;
    let why = failure(transaction().call(Call::get("/").capture("a", Capture::json("/0").unwrap())), &deep).await;
    assert_eq!(why, "call 1 of 1, GET /: there is no /0 of the body for a");
}

#[tokio::test]
async fn a_pattern_takes_linear_time() {
    let peer = Peer::saying(hostile::answer(200, "", "a".repeat(60_000).as_bytes())).await;
    let call = Call::get("/").capture("x", Capture::body("(a+)+$b").unwrap());
    let why = timeout(Duration::from_secs(60), failure(transaction().call(call), &peer)).await.unwrap();
    assert!(why.contains("there is no"), "{why}");
}
