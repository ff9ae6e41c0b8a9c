//! What is hard to bring a real server to: refusals, logins, attacks.

use std::sync::Arc;

use deployment_checks::{health::SmtpCheck, secret::Secret};
use deployment_core::{ErrorKind, health::HealthCheck};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::{
    help::{ask, blind, healthy, hostile, impatient, nowhere, plain, trusting, unhealthy},
    support::{Logs, Peer},
};

/// A server with this greeting that answers each line as `answer` does.
async fn playing(greeting: &'static str, answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Peer {
    let answer = Arc::new(answer);
    Peer::new(move |stream| {
        let answer = Arc::clone(&answer);
        async move {
            let mut stream = BufReader::new(stream);
            let _ = stream.write_all(format!("{greeting}\r\n").as_bytes()).await;
            let mut line = String::new();
            while let Ok(1..) = stream.read_line(&mut line).await {
                let _ = stream.write_all(format!("{}\r\n", answer(line.trim_end())).as_bytes()).await;
                line.clear();
            }
        }
    })
    .await
}

/// One that offers these ways to log in, and takes `ada` with `right`.
async fn login(offers: &'static str) -> Peer {
    playing("220 ready", move |line| match line {
        "EHLO localhost" => format!("250-hello\r\n250 {offers}"),
        // \0ada\0right; ada; right
        "AUTH PLAIN AGFkYQByaWdodA==" | "cmlnaHQ=" => "235 welcome".into(),
        "AUTH LOGIN" | "YWRh" => "334 VXNlcm5hbWU6".into(),
        "NOOP" | "QUIT" => "250 ok".into(),
        other => format!("535 no: {other}"),
    })
    .await
}

#[tokio::test]
async fn a_login_is_tried_and_a_refused_one_is_an_error() {
    for offers in ["AUTH LOGIN PLAIN", "auth plain", "AUTH LOGIN"] {
        let peer = login(offers).await;
        let check = |password: &str| SmtpCheck::builder("127.0.0.1", peer.port()).access(plain()).login("ada", Secret::new(password));
        healthy(&check("right").build().unwrap()).await;
        blind(&check("wrong").build().unwrap(), ErrorKind::Unauthorized, "check user and password").await;
    }
    let peer = login("SIZE 1").await;
    let check = SmtpCheck::builder("127.0.0.1", peer.port()).access(plain()).login("ada", Secret::new("right"));
    blind(&check.build().unwrap(), ErrorKind::Unsupported, "AUTH PLAIN").await;
}

#[tokio::test]
async fn a_server_that_says_no_is_unhealthy() {
    let check = |port| SmtpCheck::builder("127.0.0.1", port).access(plain()).build().unwrap();
    let peer = playing("421 too many connections", |_| "421 no".into()).await;
    unhealthy(&check(peer.port()), "the connection is answered with 421 \"too many connections\"").await;
    let peer = playing("220 ready", |_| "554 no".into()).await;
    unhealthy(&check(peer.port()), "EHLO localhost is answered with 554").await;
    let peer = playing("220 ready", |line| if line == "NOOP" { "451 disk full" } else { "250 ok" }.into()).await;
    unhealthy(&check(peer.port()), "NOOP is answered with 451").await;
}

#[tokio::test]
async fn words_slipped_in_before_tls_and_a_starttls_taken_back_are_unhealthy() {
    let authority = crate::servers::Authority::new().issue(&["127.0.0.1"]).authority;
    let check = |port| SmtpCheck::builder("127.0.0.1", port).access(trusting(&authority)).build().unwrap();
    let peer = playing("220 ready", |line| if line == "STARTTLS" { "220 go\r\n250 injected" } else { "250 STARTTLS" }.into()).await;
    unhealthy(&check(peer.port()), "more than it should before TLS").await;
    let peer = playing("220 ready", |line| if line == "STARTTLS" { "454 not now" } else { "250 STARTTLS" }.into()).await;
    unhealthy(&check(peer.port()), "STARTTLS is answered with 454").await;
    let peer = playing("220 ready", |line| if line == "STARTTLS" { "220 no TLS follows" } else { "250 STARTTLS" }.into()).await;
    let report = ask(&check(peer.port())).await;
    assert_eq!(report.unwrap().score, 0);
}

#[tokio::test]
async fn hostile_peers_are_unhealthy_in_time_and_within_memory() {
    for greeting in [&b""[..], b"220 hello\r\n", b"220-hello\r\n", b"220", b"999 what\r\n", b"22\xff hello\r\n"] {
        for (name, peer) in hostile(greeting).await {
            let check = SmtpCheck::builder("127.0.0.1", peer.port()).access(impatient()).build().unwrap();
            let report = ask(&check).await.unwrap();
            assert_eq!(report.score, 0, "{name} after {greeting:?}: {report:?}");
        }
    }
    let peer = playing("220 hello", |_| "250-more\r\n".repeat(100_000)).await;
    let check = SmtpCheck::builder("127.0.0.1", peer.port()).access(plain()).build().unwrap();
    unhealthy(&check, "more than 100 lines").await;
}

#[tokio::test]
async fn the_password_is_shown_nowhere() {
    Logs::collected();
    let mut texts = Vec::new();
    for offers in ["AUTH PLAIN", "AUTH LOGIN"] {
        // It says back whatever it gets.
        let peer = login(offers).await;
        let builder = SmtpCheck::builder("127.0.0.1", peer.port()).access(plain()).login("ada", Secret::new("hunter2-of-mail"));
        texts.push(format!("{builder:?}"));
        let check = builder.build().unwrap();
        let error = ask(&check).await.unwrap_err();
        assert!(error.to_string().contains("[secret]"), "{error}");
        texts.extend([format!("{check:?} {}", check.describe()), format!("{error} {error:?}")]);
    }
    // The credentials in base64 end with =, which a URL has as %3D.
    let peer = playing("220 ready", |line| match line {
        "EHLO localhost" => "250 AUTH PLAIN".into(),
        other => format!("535 no: {}", other.replace('=', "%3D")),
    })
    .await;
    let check = SmtpCheck::builder("127.0.0.1", peer.port()).access(plain()).login("ada", Secret::new("hunter2-of-mail")).build();
    let error = ask(&check.unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("AUTH PLAIN [secret]"), "{error}");
    texts.push(format!("{error} {error:?}"));
    nowhere(&["hunter2-of-mail", "aHVudGVyMi1vZi1tYWls", "AGFkYQBodW50ZXIyLW9mLW1haWw"], &texts);
}
