//! A server that is away, that refuses, or that is in someone's hands.

use deployment_checks::{
    health::{Access, RedisCheck},
    secret::Secret,
};
use deployment_core::{ErrorKind, health::HealthCheck};

use super::{check, guarded};
use crate::{
    help::{ask, blind, healthy, hostile, impatient, nowhere, plain, unhealthy},
    servers::{Redis, RedisOptions},
    support::{Logs, Peer},
};

#[tokio::test]
async fn stopped_or_paused_it_is_unhealthy_and_afterwards_well_again() {
    let server = Redis::start(RedisOptions::default()).await;
    let (patient, impatient) = (check(&server).build().unwrap(), check(&server).access(impatient()).build().unwrap());
    healthy(&patient).await;
    server.stop();
    unhealthy(&patient, "connection refused").await;
    server.restart().await;
    server.pause();
    unhealthy(&impatient, "no answer within 0.4 s").await;
    server.resume();
    healthy(&patient).await;
}

#[tokio::test]
async fn hostile_peers_are_unhealthy_in_time_and_within_memory() {
    let nested = Box::leak(b"*1\r\n".repeat(200).into_boxed_slice());
    for greeting in
        [&b""[..], b"+PONG\r\n", b"$536870912\r\n", b"*2147483647\r\n", b"*-5\r\n", b"+PONG\r\n$9223372036854775807\r\n", nested]
    {
        for (name, peer) in hostile(greeting).await {
            let check = RedisCheck::builder("127.0.0.1", peer.port()).access(impatient()).build().unwrap();
            let report = ask(&check).await.unwrap();
            assert_eq!(report.score, 0, "{name} after {greeting:?}: {report:?}");
        }
    }
}

#[tokio::test]
async fn who_may_not_look_could_not_look() {
    let (server, check) = guarded().await;
    blind(&check.clone().password(Secret::new("wrong")).build().unwrap(), ErrorKind::Unauthorized, "WRONGPASS").await;
    server.command(&["ACL", "SETUSER", "watcher", "on", ">watching", "+ping"]).unwrap();
    let watcher = check.clone().user("watcher").password(Secret::new("watching"));
    blind(&watcher.clone().build().unwrap(), ErrorKind::Unauthorized, "+info").await;
    server.command(&["ACL", "SETUSER", "watcher", "+info"]).unwrap();
    healthy(&watcher.build().unwrap()).await;
    let without = RedisCheck::builder("127.0.0.1", 6379).build().unwrap();
    blind(&without, ErrorKind::InvalidInput, "loopback").await;
    let metadata = RedisCheck::builder("169.254.169.254", 6379).access(Access::new()).build().unwrap();
    blind(&metadata, ErrorKind::InvalidInput, "metadata").await;
    let open = Redis::start(RedisOptions::default()).await;
    let asked = super::check(&open).password(Secret::new("superfluous")).build().unwrap();
    blind(&asked, ErrorKind::Unauthorized, "check user and password").await;
    let closed = Redis::start(RedisOptions { password: Some("closed"), ..RedisOptions::default() }).await;
    let keyless = RedisCheck::builder("127.0.0.1", closed.port()).access(plain()).build().unwrap();
    blind(&keyless, ErrorKind::Unauthorized, "NOAUTH").await;
}

#[tokio::test]
async fn the_password_is_shown_nowhere() {
    Logs::collected();
    let secret = "hunter2-of-redis";
    let server = Redis::start(RedisOptions { password: Some(secret), ..RedisOptions::default() }).await;
    let with = |port: u16, password: &str| {
        let builder =
            RedisCheck::builder("127.0.0.1", port).access(impatient().timeout(crate::support::SHORT * 5)).password(Secret::new(password));
        (format!("{builder:?}"), builder.build().unwrap())
    };
    let echo = Peer::new(|mut stream| async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut buffer = [0; 1024];
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        let said = String::from_utf8_lossy(&buffer[..read]).replace("\r\n", " ");
        let _ = stream.write_all(format!("-ODD {said}\r\n").as_bytes()).await;
        let _ = stream.read(&mut buffer).await;
    })
    .await;
    let mut texts = Vec::new();
    for (port, password) in
        [(server.port(), secret.to_owned()), (server.port(), format!("{secret}-wrong")), (echo.port(), secret.to_owned())]
    {
        let (debug, check) = with(port, &password);
        texts.extend([debug, format!("{check:?} {}", check.describe()), format!("{:?}", ask(&check).await)]);
    }
    assert!(texts[2].contains("Healthy") && texts[8].contains("[secret]"), "{texts:?}");
    for (_, peer) in hostile(b"+OK\r\n").await {
        texts.push(format!("{:?}", ask(&with(peer.port(), secret).1).await));
    }
    nowhere(&[secret], &texts);
}

#[tokio::test]
async fn the_password_is_not_shown_as_json_or_a_url_has_it_either() {
    let secret = "hunter2\"0f redis";
    for (said, expected) in [
        ("-ODD {\"password\":\"hunter2\\\"0f redis\"}\r\n", "password"),
        ("-ODD ?auth=hunter2%220f%20redis&user=ada\r\n", "?auth=[secret]&user=ada"),
        ("-ODD ?auth=hunter2%220f+redis&user=ada\r\n", "?auth=[secret]&user=ada"),
        ("-ODD hunter2\"0f redis, twice\r\n", "[secret], twice"),
    ] {
        let peer = Peer::new(move |mut stream| async move {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(said.as_bytes()).await;
            let _ = stream.read(&mut buffer).await;
        })
        .await;
        let check = RedisCheck::builder("127.0.0.1", peer.port()).access(plain()).password(Secret::new(secret)).build().unwrap();
        let text = format!("{:?}", ask(&check).await);
        assert!(text.contains(expected) && text.contains("[secret]"), "{text}");
        nowhere(&["0f redis", "0f%20redis", "0f+redis"], &[text]);
    }
}
