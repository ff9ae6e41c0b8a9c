//! Ports and banners.

use std::time::Duration;

use deployment_checks::{
    expect::TextRule,
    health::{Limits, TcpCheck},
};
use deployment_core::{
    ErrorKind, TestRule,
    health::{HealthCheck, HealthStatus::*},
};
use tokio::{io::AsyncWriteExt, net::TcpListener, time::sleep};

use super::{blind, candidate, context, keeps_its_contract, report, says};
use crate::support::{GENEROUS, Names, Peer, SHORT, hostile, local};

/// Says `bytes` at once, and then nothing.
async fn greeting(bytes: &'static [u8]) -> Peer {
    Peer::new(move |mut stream| async move {
        let _ = stream.write_all(bytes).await;
        sleep(Duration::from_secs(3_600)).await;
    })
    .await
}

fn check(port: u16) -> deployment_checks::health::TcpCheckBuilder {
    TcpCheck::builder("127.0.0.1", port).network(local()).timeout(GENEROUS)
}

async fn refused_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_port_that_accepts_is_healthy_and_one_that_refuses_is_not() {
    let peer = greeting(b"").await;
    says(&report(&check(peer.port()).build().unwrap()).await, Healthy, &["accepts connections"]);
    keeps_its_contract(&check(peer.port()).build().unwrap()).await;
    says(&report(&check(refused_port().await).build().unwrap()).await, Unhealthy, &["refused"]);
}

#[tokio::test]
async fn the_banner_must_be_as_expected_up_to_the_first_line_break() {
    let peer = greeting(b"SSH-2.0-OpenSSH_9.2\r\nand more").await;
    let expecting = |rule| check(peer.port()).banner(rule).build().unwrap();
    says(&report(&expecting(TextRule::equals("SSH-2.0-OpenSSH_9.2"))).await, Healthy, &["\"SSH-2.0-OpenSSH_9.2\""]);
    says(&report(&expecting(TextRule::contains("220"))).await, Unhealthy, &["banner is \"SSH-2.0-OpenSSH_9.2\"", "\"220\""]);
}

#[tokio::test]
async fn slow_is_degraded_and_slower_is_unhealthy() {
    let peer = greeting(b"hello\n").await;
    let (instant, never) = (Duration::from_nanos(1), Duration::from_secs(3_600));
    let limited = |limits| check(peer.port()).latency(limits).build().unwrap();
    says(&report(&limited(Limits::new(instant, never))).await, Degraded, &["ms"]);
    says(&report(&limited(Limits::new(instant, instant))).await, Unhealthy, &["ms"]);
    says(&report(&limited(Limits::new(never, never))).await, Healthy, &["ms"]);
}

#[tokio::test]
async fn a_banner_that_never_comes_ends_at_the_timeout() {
    let peer = greeting(b"no line break").await;
    let silent = check(peer.port()).banner(TextRule::Present).timeout(SHORT).build().unwrap();
    let report = report(&silent).await;
    says(&report, Unhealthy, &["no answer within 0.4 s"]);
    assert!(report.latency >= SHORT);
}

#[tokio::test]
async fn a_hostile_banner_is_cut_and_shown_as_harmless_text() {
    let endless = hostile::dripping("", vec![b'a'; 4096], Duration::ZERO).await;
    let garbage = greeting(b"\xff\xfe\x1b[2J\n").await;
    for (peer, part) in [(&endless, "aaaa"), (&garbage, "\\u{1b}[2J")] {
        let answered = Peer::new(|_| async {}).await; // closes at once
        let missing = check(answered.port()).banner(TextRule::Present).build().unwrap();
        assert_eq!(report(&missing).await.status, Unhealthy);
        // The endless one is a server that speaks only when spoken to, as HTTP is: nothing comes in time.
        let check = check(peer.port()).banner(TextRule::contains("SSH")).timeout(SHORT * 5).build().unwrap();
        let report = report(&check).await;
        assert_eq!(report.status, Unhealthy);
        assert!(report.evidence.contains(part) || report.evidence.contains("no answer"), "{report:?}");
        assert!(report.evidence.len() < 400 && !report.evidence.contains('\u{1b}'), "{report:?}");
    }
}

#[tokio::test]
async fn a_flood_instead_of_a_banner_is_read_up_to_its_limit() {
    let flood = Peer::new(|mut stream| async move { while stream.write_all(&[b'a'; 4096]).await.is_ok() {} }).await;
    let report = report(&check(flood.port()).banner(TextRule::contains("SSH")).build().unwrap()).await;
    says(&report, Unhealthy, &["aaaa"]);
    assert!(report.evidence.len() < 400, "{}", report.evidence.len());
}

#[tokio::test]
async fn a_denied_address_could_not_be_looked_at_however_the_name_changes() {
    let denied = TcpCheck::builder("127.0.0.1", 22).build().unwrap();
    assert_eq!(blind(&denied).await.kind(), ErrorKind::InvalidInput);
    let names = Names::changing(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let peer = greeting(b"").await;
    let changing = TcpCheck::builder("db.internal", peer.port()).network(local().with_resolver(names)).build().unwrap();
    assert_eq!(report(&changing).await.status, Healthy);
    assert!(blind(&changing).await.to_string().contains("metadata"));
}

#[tokio::test]
async fn the_candidate_is_reached_at_its_endpoint_or_its_listener_and_never_instead_of_it() {
    let peer = greeting(b"").await;
    let check = TcpCheck::candidate().network(local()).timeout(GENEROUS).build().unwrap();
    assert!(blind(&check).await.to_string().contains("preview endpoint"));
    assert_eq!(check.check(&candidate(&peer.url("/"), None)).await.unwrap().status, Healthy);
    let refused = crate::support::url(&format!("http://127.0.0.1:{}", refused_port().await));
    assert_eq!(check.check(&candidate(&refused, None)).await.unwrap().status, Unhealthy);
    let listener = Some(TestRule::Listener { port: peer.port() });
    assert_eq!(check.check(&candidate(&refused, listener)).await.unwrap().status, Healthy);
    let header = Some(TestRule::Header { name: "x-candidate".into(), value: "2".into() });
    let error = check.check(&candidate(&peer.url("/"), header)).await.unwrap_err();
    assert!(error.to_string().contains("x-candidate"), "{error}");
}

#[test]
fn bad_options_are_refused_by_name() {
    let minute = Duration::from_secs(60);
    for (builder, field) in [
        (TcpCheck::builder("", 1), "host"),
        (TcpCheck::builder("http://host", 1), "host"),
        (TcpCheck::builder("[::1]", 1), "host"),
        (TcpCheck::builder("host", 0), "port"),
        (TcpCheck::builder("host", 1).timeout(Duration::ZERO), "timeout"),
        (TcpCheck::builder("host", 1).timeout(minute * 61), "timeout"),
        (TcpCheck::builder("host", 1).latency(Limits::new(minute, Duration::from_secs(1))), "latency"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.to_string().contains(field), "{field}: {error}");
    }
    assert_eq!(context().subject.endpoint, None);
}
