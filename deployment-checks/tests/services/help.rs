//! What the tests of this program share.

use std::{future::Future, time::Duration};

use deployment_checks::{health::Access, net::Tls};
use deployment_core::{
    ErrorKind, Result,
    health::{
        HealthCheck, HealthReport,
        HealthStatus::{self, Degraded, Healthy, Unhealthy},
    },
    testkit::{assert_none, conformance, sample},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};

use crate::support::{GENEROUS, Logs, Peer, SHORT, local};

/// Reaches this machine, without TLS.
pub(crate) fn plain() -> Access {
    Access::new().network(local()).timeout(GENEROUS).plaintext()
}

/// Reaches this machine, and trusts this authority (PEM).
pub(crate) fn trusting(authority: &str) -> Access {
    plain().tls(Tls::builder().root(authority).own_roots_only().build().unwrap())
}

/// Looks once. That it comes to an end is asserted everywhere.
pub(crate) async fn ask(check: &impl HealthCheck) -> Result<HealthReport> {
    Logs::collected();
    tokio::time::timeout(4 * GENEROUS, check.check(&sample::health(sample::NOON))).await.expect("it comes to an end")
}

/// The evidence, which must come with this status.
#[track_caller]
fn evidence(report: Result<HealthReport>, status: HealthStatus) -> String {
    let report = report.unwrap();
    assert_eq!(report.status, status, "{report:?}");
    assert!(status == Degraded || report.score == if status == Healthy { 100 } else { 0 }, "{report:?}");
    report.evidence
}

pub(crate) async fn healthy(check: &impl HealthCheck) -> String {
    evidence(ask(check).await, Healthy)
}

pub(crate) async fn degraded(check: &impl HealthCheck, why: &str) {
    let seen = evidence(ask(check).await, Degraded);
    assert!(seen.split("; ").next().unwrap().contains(why), "{why}: {seen}");
}

pub(crate) async fn unhealthy(check: &impl HealthCheck, why: &str) {
    let seen = evidence(ask(check).await, Unhealthy);
    assert!(seen.split("; ").next().unwrap().contains(why), "{why}: {seen}");
}

/// That it keeps the contract of all checks.
pub(crate) async fn keeps_its_contract(check: &impl HealthCheck) {
    assert_none(&conformance::health::check(check, &sample::health(sample::NOON), 4 * GENEROUS).await);
}

/// It could not look.
pub(crate) async fn blind(check: &impl HealthCheck, kind: ErrorKind, why: &str) {
    let error = ask(check).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(why), "{why}: {error}");
}

/// Looks until the status is this. What is waited for is certain to come; when is not.
pub(crate) async fn until(check: &impl HealthCheck, status: HealthStatus) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let seen = ask(check).await;
        if let Ok(report) = &seen
            && report.status == status
        {
            return report.evidence.clone();
        }
        assert!(Instant::now() < deadline, "still not {status:?}: {seen:?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Peers that attack or break off, whatever is said to them: the name of what they do, and the peer.
pub(crate) async fn hostile(greeting: &'static [u8]) -> Vec<(&'static str, Peer)> {
    async fn each<R: Future<Output = ()> + Send + 'static>(does: impl Fn(TcpStream) -> R + Send + Sync + 'static) -> Peer {
        Peer::new(does).await
    }
    let flood = |byte: u8| {
        move |mut stream: TcpStream| async move {
            let _ = stream.write_all(greeting).await;
            let block = vec![byte; 64 * 1024];
            while stream.write_all(&block).await.is_ok() {}
        }
    };
    vec![
        ("silent", each(|stream| async move { hold(stream).await }).await),
        ("closes", each(|stream| async move { drop(stream) }).await),
        ("closes after the first words", each(move |stream| say(stream, greeting, true)).await),
        ("silent after the first words", each(move |stream| say(stream, greeting, false)).await),
        ("zeros without end", each(flood(0)).await),
        ("letters without end", each(flood(b'a')).await),
        ("no UTF-8 without end", each(flood(0xff)).await),
        ("slow", each(move |stream| drip(stream, greeting)).await),
        ("another protocol", each(|stream| say(stream, b"HTTP/1.1 400 Bad Request\r\n\r\n", true)).await),
    ]
}

async fn say(mut stream: TcpStream, words: &'static [u8], close: bool) {
    let _ = stream.write_all(words).await;
    if !close {
        hold(stream).await;
    }
}

/// One byte now and then.
async fn drip(mut stream: TcpStream, greeting: &'static [u8]) {
    let _ = stream.write_all(greeting).await;
    while stream.write_all(b"1").await.is_ok() {
        sleep(Duration::from_millis(20)).await;
    }
}

/// Reads and says nothing, until the other side goes.
async fn hold(mut stream: TcpStream) {
    let mut buffer = [0; 1024];
    while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
}

/// How long a check gives a peer that never finishes.
pub(crate) fn impatient() -> Access {
    plain().timeout(SHORT)
}

/// That none of these words stands in a text, or in anything that was logged at `TRACE`.
pub(crate) fn nowhere(secrets: &[&str], texts: &[String]) {
    let logs = Logs::collected().text();
    for secret in secrets {
        for text in texts.iter().chain([&logs]) {
            let at = text.find(secret);
            assert!(at.is_none(), "{secret} is shown: {}", &text[at.unwrap().saturating_sub(200)..(at.unwrap() + 20).min(text.len())]);
        }
    }
}
