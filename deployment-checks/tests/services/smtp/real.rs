//! A real mail server.

use std::time::Duration;

use deployment_checks::health::{Limits, SmtpCheck};
use deployment_core::ErrorKind;

use crate::{
    help::{blind, degraded, healthy, impatient, plain, trusting, unhealthy},
    servers::{Authority, Smtp, SmtpOptions, Tls},
};

async fn with(tls: Tls) -> (Smtp, String) {
    let certificate = Authority::new().issue(&["127.0.0.1"]);
    let authority = certificate.authority.clone();
    (Smtp::start(SmtpOptions { certificate: Some((certificate, tls)) }).await, authority)
}

#[tokio::test]
async fn with_starttls_it_is_healthy_and_gets_no_mail() {
    let (server, authority) = with(Tls::Start).await;
    let check = || SmtpCheck::builder("127.0.0.1", server.port()).access(trusting(&authority)).dialogue_time(generous());
    let seen = healthy(&check().build().unwrap()).await;
    assert!(seen.contains("it answers with STARTTLS"), "{seen}");
    assert!(server.mails().is_empty());
    let stranger = trusting(&Authority::new().issue(&["127.0.0.1"]).authority);
    unhealthy(&check().access(stranger).build().unwrap(), "tls").await;
    degraded(&check().dialogue_time(Limits::degraded_from(Duration::from_nanos(1))).build().unwrap(), "the dialogue took").await;
    let nanosecond = Duration::from_nanos(1);
    unhealthy(&check().dialogue_time(Limits::new(nanosecond, nanosecond)).build().unwrap(), "the dialogue took").await;
    unhealthy(&check().implicit_tls().build().unwrap(), "tls").await;
}

#[tokio::test]
async fn with_tls_from_the_first_byte_it_is_healthy() {
    let (server, authority) = with(Tls::Implicit).await;
    let check = SmtpCheck::builder("127.0.0.1", server.port()).access(trusting(&authority)).implicit_tls().dialogue_time(generous());
    let seen = healthy(&check.build().unwrap()).await;
    assert!(seen.contains("it answers with TLS"), "{seen}");
}

#[tokio::test]
async fn without_tls_it_is_unhealthy_unless_plaintext_was_asked_for() {
    let server = Smtp::start(SmtpOptions::default()).await;
    let authority = Authority::new().issue(&["127.0.0.1"]).authority;
    let check = || SmtpCheck::builder("127.0.0.1", server.port()).dialogue_time(generous());
    unhealthy(&check().access(trusting(&authority)).build().unwrap(), "it offers no STARTTLS").await;
    let open = check().access(plain()).build().unwrap();
    healthy(&open).await;
    crate::help::keeps_its_contract(&open).await;
    blind(&check().build().unwrap(), ErrorKind::InvalidInput, "loopback").await;
    server.stop();
    unhealthy(&open, "connection refused").await;
    server.restart().await;
    server.pause();
    unhealthy(&check().access(impatient()).build().unwrap(), "no answer within 0.4 s").await;
    server.resume();
    healthy(&open).await;
}

fn generous() -> Limits<Duration> {
    Limits::degraded_from(Duration::from_secs(600))
}
