//! What the world sees.

use std::time::Duration;

use deployment_checks::{
    expect::TextRule,
    health::{OutsideCheck, OutsideCheckBuilder},
    net::{AddressPolicy, Network, Tls},
};
use deployment_core::{ErrorKind, health::HealthStatus::*};
use tokio::net::TcpListener;

use super::{blind, keeps_its_contract, report, says};
use crate::support::{Authority, GENEROUS, Names, Peer, SHORT, hostile, hostile::answer, local, tls_peer};

const CACHED: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncache-control: public, max-age=31536000, immutable\r\n\r\nok";

/// A host that is all right: a redirect, a certificate, and cache headers.
struct Site {
    authority: Authority,
    plain: Peer,
    secure: Peer,
}

impl Site {
    async fn redirecting(status: u16, to: &'static str) -> Self {
        let authority = Authority::new();
        let secure = tls_peer(authority.sign("127.0.0.1").server(), CACHED).await;
        let plain = Peer::keeping(move |_| answer(status, &format!("location: {to}\r\n"), b"")).await;
        Self { authority, plain, secure }
    }

    fn check(&self) -> OutsideCheckBuilder {
        let tls = Tls::builder().root(self.authority.pem()).build().unwrap();
        let ports = (self.plain.port(), self.secure.port());
        OutsideCheck::builder("127.0.0.1").ports(ports.0, ports.1).network(local()).trust(tls).timeout(GENEROUS)
    }
}

async fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_host_that_is_all_right_is_healthy_and_every_part_is_named() {
    let site = Site::redirecting(301, "https://127.0.0.1/").await;
    let check = site.check().https_redirect().tls().open(site.secure.port()).closed(closed_port().await);
    let check = check.cache("/app.js", TextRule::contains("immutable")).header("/app.js", "content-length", TextRule::Present);
    let check = check.build().unwrap();
    keeps_its_contract(&check).await;
    let report = report(&check).await;
    says(&report, Healthy, &["301 to https://127.0.0.1/", "certificate verifies", "accepts connections", "it is closed", "/app.js: 200"]);
}

#[tokio::test]
async fn a_redirect_that_does_not_lead_to_https_here_is_unhealthy() {
    for (status, to, why) in [
        (200, "https://127.0.0.1/", "answered with 200"),
        (302, "http://127.0.0.1/", "must lead to https"),
        (302, "/secure", "must lead to https"),
        (302, "https://evil.example/", "another host"),
        (302, "https://ada:pw@127.0.0.1/", "refused"),
        (302, "javascript:alert(1)", "refused"),
        (302, "http://169.254.169.254/latest", "must lead to https"),
    ] {
        let site = Site::redirecting(status, to).await;
        says(&report(&site.check().https_redirect().build().unwrap()).await, Unhealthy, &[why]);
    }
    let site = Site::redirecting(308, "https://www.127.0.0.1.example/").await;
    assert_eq!(report(&site.check().https_redirect().build().unwrap()).await.status, Unhealthy);
}

#[tokio::test]
async fn a_part_that_is_degraded_or_unhealthy_decides() {
    let mut site = Site::redirecting(301, "https://127.0.0.1/").await;
    site.secure = tls_peer(site.authority.sign_until("127.0.0.1", (2026, 1, 20)).server(), CACHED).await;
    says(&report(&site.check().https_redirect().tls().build().unwrap()).await, Degraded, &["18 more days", "301"]);
    says(&report(&site.check().tls_days(60, 30).build().unwrap()).await, Unhealthy, &["18 more days"]);
    let port = closed_port().await;
    says(&report(&site.check().open(port).build().unwrap()).await, Unhealthy, &["refused"]);
    let port = site.plain.port();
    says(&report(&site.check().closed(port).build().unwrap()).await, Unhealthy, &["closed port", "it must not"]);
}

#[tokio::test]
async fn a_port_is_closed_only_if_every_address_says_so() {
    let network = |addresses: &[&'static str]| {
        let policy = AddressPolicy::default().allow("127.0.0.0/8").unwrap().allow("224.0.0.1").unwrap().allow("255.255.255.255").unwrap();
        Network::new(policy).with_resolver(Names::changing(&[addresses]))
    };
    let open = Peer::keeping(|_| Vec::new()).await;
    let check = |addresses: &[&'static str], port| {
        OutsideCheck::builder("shop.internal").network(network(addresses)).closed(port).timeout(GENEROUS).build().unwrap()
    };
    says(&report(&check(&["127.0.0.9", "127.0.0.1"], closed_port().await)).await, Healthy, &["it is closed"]);
    // One address of two; whether that is looked at does not hang on the other's answer.
    says(&report(&check(&["127.0.0.9", "127.0.0.1"], open.port())).await, Unhealthy, &["it must not"]);
    says(&report(&check(&["255.255.255.255", "127.0.0.1"], open.port())).await, Unhealthy, &["it must not"]);
    // Nobody can connect to all hosts at once: that tells nothing about the port.
    let error = blind(&check(&["127.0.0.9", "255.255.255.255"], open.port())).await;
    assert!(error.to_string().contains("is not known"), "{error}");
}

#[tokio::test]
async fn missing_cache_headers_are_unhealthy() {
    let site = Site::redirecting(301, "https://127.0.0.1/").await;
    // The pages' certificate is valid now, as far as the machine's clock is right.
    let check = site.check().cache("/", TextRule::contains("no-store")).header("/", "strict-transport-security", TextRule::Present);
    says(&report(&check.build().unwrap()).await, Unhealthy, &["cache-control is \"public", "strict-transport-security is missing"]);
}

#[tokio::test]
async fn hostile_peers_are_unhealthy_in_time() {
    for (name, peer) in hostile::all().await {
        let mut site = Site::redirecting(301, "https://127.0.0.1/").await;
        site.plain = peer;
        let check = site.check().https_redirect().timeout(SHORT * 5).build().unwrap();
        let report = report(&check).await;
        assert_eq!(report.status, Unhealthy, "{name}: {report:?}");
        assert!(report.evidence.len() < 600, "{name}");
    }
}

#[tokio::test]
async fn a_host_without_a_name_is_unhealthy_and_a_denied_one_could_not_be_looked_at() {
    let network = local().with_resolver(Names::changing(&[&[]]));
    let nowhere = OutsideCheck::builder("nowhere.internal").network(network).closed(22).timeout(GENEROUS).build().unwrap();
    says(&report(&nowhere).await, Unhealthy, &["no address"]);
    let denied = OutsideCheck::builder("127.0.0.1").https_redirect().closed(22).build().unwrap();
    assert_eq!(blind(&denied).await.kind(), ErrorKind::InvalidInput);
}

#[test]
fn bad_options_are_refused_by_name() {
    let host = || OutsideCheck::builder("shop.example.com");
    for (builder, field) in [
        (host(), "nothing is asked for"),
        (host().open(80).closed(80), "closed"),
        (host().open(0), "port"),
        (host().closed(0), "port"),
        (host().tls_days(7, 30), "days"),
        (host().header("app.js", "vary", TextRule::Present), "path"),
        (host().header("/", "no name", TextRule::Present), "header"),
        (host().tls().timeout(Duration::ZERO), "timeout"),
        (OutsideCheck::builder("").tls(), "host"),
        (OutsideCheck::builder("a b").https_redirect(), "url"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.to_string().contains(field), "{field}: {error}");
    }
}
