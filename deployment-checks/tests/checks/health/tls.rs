//! Certificates and versions, at noon of 2026-01-01, whatever the machine's clock says.

use std::time::Duration;

use deployment_checks::{
    health::{Limits, TlsCheck, TlsCheckBuilder, TlsVersion},
    net::Tls,
};
use deployment_core::{ErrorKind, health::HealthStatus::*};
use rustls::ServerConfig;
use tokio::{io::AsyncWriteExt, time::sleep};

use super::{blind, keeps_its_contract, report, says};
use crate::support::{Authority, GENEROUS, Names, Peer, SHORT, hostile, local, tls_peer};

const HOST: &str = "127.0.0.1";

fn check(authority: &Authority, port: u16) -> TlsCheckBuilder {
    let tls = Tls::builder().root(authority.pem()).own_roots_only().build().unwrap();
    TlsCheck::builder(HOST, port).network(local()).tls(tls).timeout(GENEROUS)
}

async fn seen(authority: &Authority, server: ServerConfig) -> deployment_core::health::HealthReport {
    let peer = tls_peer(server, "").await;
    keeps_its_contract(&check(authority, peer.port()).build().unwrap()).await;
    report(&check(authority, peer.port()).build().unwrap()).await
}

#[tokio::test]
async fn days_left_decide_between_healthy_degraded_and_unhealthy() {
    let authority = Authority::new();
    for (until, status, words) in [
        ((2026, 2, 1), Healthy, "valid for 30 more days, until 2026-02-01T00:00:00Z"),
        ((2026, 1, 31), Degraded, "valid for 29 more days"),
        ((2026, 1, 9), Degraded, "valid for 7 more days"),
        ((2026, 1, 8), Unhealthy, "valid for 6 more days"),
        ((2026, 1, 1), Unhealthy, "expired"),
    ] {
        says(&seen(&authority, authority.sign_until(HOST, until).server()).await, status, &[words]);
    }
    let peer = tls_peer(authority.sign_until(HOST, (2026, 1, 9)).server(), "").await;
    let strict = check(&authority, peer.port()).days(60, 14).build().unwrap();
    says(&report(&strict).await, Unhealthy, &["7 more days"]);
    let lax = check(&authority, peer.port()).days(0, 0).build().unwrap();
    says(&report(&lax).await, Healthy, &["7 more days"]);
}

#[tokio::test]
async fn an_intermediate_that_ends_earlier_counts() {
    let authority = Authority::new();
    let intermediate = authority.intermediate((2026, 1, 20));
    let server = intermediate.sign_until(HOST, (2027, 1, 1)).server_with(&intermediate);
    says(&seen(&authority, server).await, Degraded, &["until 2026-01-20"]);
}

#[tokio::test]
async fn what_does_not_verify_is_a_report_and_says_why() {
    let authority = Authority::new();
    for (server, why) in [
        (authority.sign("example.com").server(), "not valid for"),
        (authority.sign_expired(HOST).server(), "expired"),
        (Authority::self_signed(HOST).server(), "UnknownIssuer"),
        (Authority::new().sign(HOST).server(), "invalid peer certificate"),
    ] {
        says(&seen(&authority, server).await, Unhealthy, &[why]);
    }
}

#[tokio::test]
async fn a_second_look_verifies_again_although_sessions_could_be_resumed() {
    let authority = Authority::new();
    let peer = tls_peer(authority.sign_until(HOST, (2026, 1, 20)).server(), "").await;
    let check = check(&authority, peer.port()).build().unwrap();
    says(&report(&check).await, Degraded, &[]);
    let mut later = super::context();
    later.deployment.now = later.deployment.now + Duration::from_secs(30 * 86_400);
    let late = deployment_core::health::HealthCheck::check(&check, &later).await.unwrap();
    says(&late, Unhealthy, &["expired"]);
}

#[tokio::test]
async fn the_minimum_version_holds() {
    let authority = Authority::new();
    let old = tls_peer(authority.sign(HOST).server_tls12(), "").await;
    let new = tls_peer(authority.sign(HOST).server(), "").await;
    let at_least_13 = |port| check(&authority, port).minimum(TlsVersion::Tls13).build().unwrap();
    says(&report(&at_least_13(old.port())).await, Unhealthy, &["TLS 1.2", "must", "TLS 1.3"]);
    says(&report(&at_least_13(new.port())).await, Healthy, &["TLS 1.3"]);
    says(&report(&check(&authority, old.port()).build().unwrap()).await, Healthy, &["TLS 1.2"]);
}

#[tokio::test]
async fn the_name_asked_for_may_be_another_than_the_host() {
    let authority = Authority::new();
    let peer = tls_peer(authority.sign("shop.example.com").server(), "").await;
    let named = |name: &str| check(&authority, peer.port()).server_name(name).build().unwrap();
    says(&report(&named("shop.example.com")).await, Healthy, &[]);
    says(&report(&named("other.example.com")).await, Unhealthy, &["not valid for"]);
}

#[tokio::test]
async fn slow_is_degraded() {
    let authority = Authority::new();
    let peer = tls_peer(authority.sign(HOST).server(), "").await;
    let instant = Duration::from_nanos(1);
    let slow = check(&authority, peer.port()).latency(Limits::degraded_from(instant)).build().unwrap();
    says(&report(&slow).await, Degraded, &["handshake in"]);
    let slower = check(&authority, peer.port()).latency(Limits::new(instant, instant)).build().unwrap();
    says(&report(&slower).await, Unhealthy, &["handshake in"]);
}

#[tokio::test]
async fn peers_that_do_not_shake_hands_are_unhealthy_in_time() {
    let authority = Authority::new();
    let plain = Peer::new(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        sleep(GENEROUS).await;
    })
    .await;
    let mute = Peer::new(|stream| async move {
        sleep(Duration::from_secs(3_600)).await;
        drop(stream);
    })
    .await;
    let drip = Peer::new(|mut stream| async move {
        while stream.write_all(&[22, 3, 3, 64, 0]).await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let closing = Peer::new(|_| async {}).await;
    let all = [("plain", plain), ("mute", mute), ("drip", drip), ("closing", closing), ("reset", hostile::resetting().await)];
    for (name, peer) in all {
        let check = check(&authority, peer.port()).timeout(SHORT).build().unwrap();
        let report = report(&check).await;
        println!("{name}: {}", report.evidence);
        assert_eq!(report.status, Unhealthy, "{name}");
        assert!(report.evidence.len() < 400, "{name}");
    }
}

#[tokio::test]
async fn a_denied_address_could_not_be_looked_at_however_the_name_changes() {
    let authority = Authority::new();
    let peer = tls_peer(authority.sign("db.internal").server(), "").await;
    let names = Names::changing(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let tls = Tls::builder().root(authority.pem()).build().unwrap();
    let changing = TlsCheck::builder("db.internal", peer.port()).tls(tls).network(local().with_resolver(names)).build().unwrap();
    says(&report(&changing).await, Healthy, &[]);
    assert_eq!(blind(&changing).await.kind(), ErrorKind::InvalidInput);
}

#[test]
fn bad_options_are_refused_by_name() {
    let host = || TlsCheck::builder("host", 443);
    for (builder, field) in [
        (TlsCheck::builder("", 443), "host"),
        (TlsCheck::builder("host", 0), "port"),
        (host().days(7, 30), "days"),
        (host().server_name("no name"), "server_name"),
        (host().timeout(Duration::ZERO), "timeout"),
        (host().latency(Limits::degraded_from(Duration::ZERO)), "latency"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.to_string().contains(field), "{field}: {error}");
    }
}
