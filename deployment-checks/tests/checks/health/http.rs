//! Endpoints.

use std::time::Duration;

use deployment_checks::{
    expect::{Expect, JsonRule, TextRule},
    health::{HealthBodyRules, HttpCheck, HttpCheckBuilder, Limits},
    http::Method,
    net::Network,
    secret::{SafeUrl, Secret},
};
use deployment_core::{
    ErrorKind, TestRule,
    health::{HealthCheck, HealthStatus::*},
};

use super::{blind, candidate, keeps_its_contract, report, says};
use crate::support::{GENEROUS, Names, Peer, SHORT, client, hostile, hostile::answer, local, url};

fn check(url: SafeUrl) -> HttpCheckBuilder {
    HttpCheck::builder(url).client(client().build().unwrap()).timeout(GENEROUS)
}

#[tokio::test]
async fn any_success_is_healthy_and_anything_else_is_not_unless_expected() {
    for (status, found) in [(200, Healthy), (204, Healthy), (302, Unhealthy), (404, Unhealthy), (503, Unhealthy)] {
        let peer = Peer::keeping(move |_| answer(status, "", b"")).await;
        says(&report(&check(peer.url("/")).build().unwrap()).await, found, &[&format!("{status} in ")]);
    }
    let peer = Peer::keeping(|_| answer(401, "", b"")).await;
    let expected = check(peer.url("/")).expect(Expect::new().status("401".parse().unwrap())).build().unwrap();
    says(&report(&expected).await, Healthy, &[]);
    keeps_its_contract(&expected).await;
}

#[tokio::test]
async fn refused_credentials_are_no_verdict_as_with_every_other_check() {
    for status in [401, 403] {
        let peer = Peer::keeping(move |_| answer(status, "", b"{}")).await;
        let expect = Expect::new().json("/left", JsonRule::AtLeast(1.0)).unwrap();
        let check = check(peer.url("/")).bearer(Secret::new("old")).expect(expect).build().unwrap();
        let error = blind(&check).await;
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        assert!(error.to_string().contains(&format!("HTTP {status}; check the credentials")), "{error}");
    }
}

#[tokio::test]
async fn every_expectation_that_is_not_met_is_named() {
    let peer = Peer::keeping(|_| answer(200, "x-version: 7\r\n", br#"{"left":0}"#)).await;
    let expect = Expect::new().header("x-version", TextRule::equals("8")).unwrap().json("/left", JsonRule::AtLeast(1.0)).unwrap();
    let report = report(&check(peer.url("/")).expect(expect.body(TextRule::contains("plenty"))).build().unwrap()).await;
    says(&report, Unhealthy, &["x-version is \"7\"", "/left is 0", "\"plenty\""]);
}

#[tokio::test]
async fn slow_is_degraded_and_slower_is_unhealthy() {
    let peer = Peer::keeping(|_| answer(200, "", b"")).await;
    let (instant, never) = (Duration::from_nanos(1), Duration::from_secs(3_600));
    let limited = |limits| check(peer.url("/")).latency(limits).build().unwrap();
    says(&report(&limited(Limits::new(instant, never))).await, Degraded, &["200 in"]);
    says(&report(&limited(Limits::new(instant, instant))).await, Unhealthy, &["200 in"]);
    says(&report(&limited(Limits::degraded_from(never))).await, Healthy, &["200 in"]);
}

#[tokio::test]
async fn the_request_is_sent_as_it_was_put_together() {
    let peer = Peer::keeping(|_| answer(200, "", b"")).await;
    let check = check(peer.url("/quota")).method(Method::POST).body("application/json", "{}").header("accept", "text/plain");
    says(&report(&check.basic("ada", Secret::new("pw")).build().unwrap()).await, Healthy, &[]);
    let seen = peer.requests().remove(0);
    assert!(seen.starts_with("POST /quota ") && seen.ends_with("{}"), "{seen}");
    assert!(seen.contains("authorization: Basic YWRhOnB3") && seen.contains("accept: text/plain"), "{seen}");
}

#[tokio::test]
async fn the_candidate_is_asked_at_its_endpoint_with_what_selects_it() {
    let (peer, listener) = (Peer::keeping(|_| answer(200, "", b"")).await, Peer::keeping(|_| answer(204, "", b"")).await);
    let check = HttpCheck::candidate("/health?deep=1").client(client().build().unwrap()).timeout(GENEROUS).build().unwrap();
    assert_eq!(check.describe(), "HTTP GET /health of the candidate");
    let header = Some(TestRule::Header { name: "x-candidate".into(), value: "2".into() });
    assert_eq!(check.check(&candidate(&peer.url("/base/"), header)).await.unwrap().status, Healthy);
    let seen = peer.requests().remove(0);
    assert!(seen.starts_with("GET /base/health?deep=1 ") && seen.contains("x-candidate: 2"), "{seen}");
    let rule = Some(TestRule::Listener { port: listener.port() });
    says(&check.check(&candidate(&peer.url("/"), rule)).await.unwrap(), Healthy, &["204"]);
    assert!(blind(&check).await.to_string().contains("target backend has no preview endpoint"));
}

#[tokio::test]
async fn an_endpoint_that_is_no_url_or_has_a_password_is_refused_without_repeating_it() {
    let check = HttpCheck::candidate("/health").client(client().build().unwrap()).build().unwrap();
    for bad in ["nowhere", "http://ada:hunter2@127.0.0.1/", "ftp://127.0.0.1/"] {
        let mut context = super::context();
        context.subject.endpoint = Some(deployment_core::Endpoint { url: bad.into(), rule: None });
        let error = check.check(&context).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn nobody_there_and_no_answer_in_time_are_unhealthy() {
    let peer = Peer::keeping(|_| answer(200, "", b"")).await;
    let gone = peer.url("/");
    drop(peer);
    tokio::time::sleep(Duration::from_millis(50)).await;
    says(&report(&check(gone).build().unwrap()).await, Unhealthy, &["connect"]);
    let silent = hostile::silent().await;
    let report = report(&check(silent.url("/")).timeout(SHORT).build().unwrap()).await;
    says(&report, Unhealthy, &["in time"]);
    assert!(report.latency >= SHORT);
}

#[tokio::test]
async fn every_hostile_peer_is_unhealthy_in_time_and_in_few_words() {
    for (name, peer) in hostile::all().await {
        let check = check(peer.url("/health")).standard(HealthBodyRules::new()).timeout(SHORT * 5).build().unwrap();
        let started = tokio::time::Instant::now();
        let report = report(&check).await;
        println!("{name}: {}", report.evidence);
        assert_eq!(report.status, Unhealthy, "{name}: {report:?}");
        assert!(report.evidence.len() < 500 && started.elapsed() < GENEROUS, "{name}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_utf8_is_shown_as_harmless_text() {
    let peer = Peer::keeping(|_| answer(200, "", b"\xff\xfe\x1b[2J")).await;
    let plain = check(peer.url("/")).expect(Expect::new().body(TextRule::contains("ok"))).build().unwrap();
    let seen = report(&plain).await;
    says(&seen, Unhealthy, &["\\u{1b}"]);
    assert!(!seen.evidence.contains('\u{1b}'));
    let standard = check(peer.url("/")).standard(HealthBodyRules::new()).build().unwrap();
    says(&report(&standard).await, Unhealthy, &["not JSON"]);
}

#[tokio::test]
async fn a_redirect_to_a_metadata_service_leads_nowhere() {
    let peer = Peer::keeping(|_| answer(302, "location: http://169.254.169.254/latest/meta-data/\r\n", b"")).await;
    says(&report(&check(peer.url("/")).build().unwrap()).await, Unhealthy, &["302"]);
    let following = client().redirects(3).build().unwrap();
    let error = blind(&HttpCheck::builder(peer.url("/")).client(following).build().unwrap()).await;
    assert!(error.to_string().contains("metadata"), "{error}");
}

#[tokio::test]
async fn a_name_that_changes_to_a_denied_address_is_not_followed() {
    let peer = Peer::saying(answer(200, "", b"")).await;
    let names = Names::changing(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let client = client().network(local().with_resolver(names)).keep(0, 0).build().unwrap();
    let check = HttpCheck::builder(url(&format!("http://backend.internal:{}/", peer.port()))).client(client).build().unwrap();
    assert_eq!(report(&check).await.status, Healthy);
    assert!(blind(&check).await.to_string().contains("metadata"));
    let usual = HttpCheck::builder(peer.url("/")).build().unwrap();
    assert!(blind(&usual).await.to_string().contains("loopback"));
    drop(Network::default());
}

#[tokio::test]
async fn a_secret_that_the_server_sends_back_is_not_shown() {
    let echo = |request: &str| {
        let text = request.replace(['\r', '\n'], " ");
        answer(500, &format!("x-echo: {text}\r\n"), format!("{{\"status\":{:?}}}", &text[..text.len().min(300)]).as_bytes())
    };
    let peer = Peer::keeping(echo).await;
    let secrets = ["hunter2-bearer", "hunter2-key", "hunter2-query", "hunter2 \"quoted\""];
    let expect = || {
        Expect::new()
            .header("x-echo", TextRule::equals(""))
            .unwrap()
            .body(TextRule::equals(""))
            .json("/status", JsonRule::equals(1))
            .unwrap()
    };
    let request = |check: HttpCheckBuilder| check.expect(expect()).standard(HealthBodyRules::new().version("1"));
    let query = || peer.url("/").with_query("k", &Secret::new(secrets[2]));
    let checks = [
        request(check(query())).bearer(Secret::new(secrets[0])).build().unwrap(),
        request(check(query())).secret_header("x-api-key", Secret::new(secrets[1])).build().unwrap(),
        request(check(query())).secret_header("x-api-key", Secret::new(secrets[3])).build().unwrap(),
        request(check(query())).basic("ada", Secret::new("hunter2-basic")).build().unwrap(),
    ];
    for check in checks {
        let report = report(&check).await;
        let told = format!("{report:?} {check:?} {}", check.describe());
        println!("{}", report.evidence);
        assert!(!told.contains("hunter2") && !told.contains("YWRhOmh1bnRlcjI"), "{told}");
        assert!(told.contains("[secret]"), "{told}");
    }
    assert!(peer.requests().iter().all(|request| request.contains("hunter2-query")));
}

#[tokio::test]
async fn the_path_of_a_url_that_is_a_secret_is_not_shown_in_whole_or_in_part() {
    let echo = |request: &str| {
        let path = request.split(' ').nth(1).unwrap();
        let token = path.rsplit('/').next().unwrap();
        answer(500, &format!("x-echo: {path}\r\n"), format!("{{\"status\":\"no hook {token}\"}}").as_bytes())
    };
    let peer = Peer::keeping(echo).await;
    let hook = SafeUrl::from_secret(&Secret::new(peer.url("/hooks/hunter2%2Fpart/hunter2-token").to_string())).unwrap();
    let expect = Expect::new().header("x-echo", TextRule::equals("")).unwrap().body(TextRule::equals(""));
    let report = report(&check(hook).expect(expect).standard(HealthBodyRules::new()).build().unwrap()).await;
    assert!(!report.evidence.contains("hunter2"), "{}", report.evidence);
    says(&report, Unhealthy, &["x-echo is \"/[secret]\"", "no hook [secret]"]);
}

#[test]
fn bad_options_are_refused_by_name() {
    let path = HttpCheck::candidate;
    for (builder, field) in [
        (path("health"), "path"),
        (path("/").timeout(Duration::ZERO), "timeout"),
        (path("/").latency(Limits::degraded_from(Duration::ZERO)), "latency"),
        (path("/").header("no name", "x"), "header"),
        (path("/").header("host", "x"), "host"),
        (path("/").bearer(Secret::new("a\nb")), "authorization"),
        (path("/").basic("a:b", Secret::new("x")), "user"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.to_string().contains(field), "{field}: {error}");
    }
}
