//! Redis.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    servers::{Authority, Redis, RedisOptions},
    until,
};

#[tokio::test]
async fn it_answers_a_ping() {
    let server = Redis::start(RedisOptions::default()).await;
    let mut stream = TcpStream::connect((server.host(), server.port())).await.unwrap();
    stream.write_all(b"PING\r\n").await.unwrap();
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
    assert!(server.command(&["INFO", "server"]).unwrap().contains("redis_version:"));
}

#[tokio::test]
async fn with_a_password_it_answers_only_who_knows_it() {
    let server = Redis::start(RedisOptions { password: Some("s3cret-of-redis"), ..RedisOptions::default() }).await;
    assert_eq!(server.command(&["PING"]).unwrap(), "PONG");
    let mut stream = TcpStream::connect((server.host(), server.port())).await.unwrap();
    stream.write_all(b"PING\r\n").await.unwrap();
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"-NOAUTH");
}

#[tokio::test]
async fn with_a_certificate_it_speaks_tls_only() {
    let certificate = Authority::new().issue(&["127.0.0.1"]);
    let server = Redis::start(RedisOptions { certificate: Some(certificate), ..RedisOptions::default() }).await;
    assert_eq!(server.command(&["SET", "key", "value"]).unwrap(), "OK");
    let mut stream = TcpStream::connect((server.host(), server.port())).await.unwrap();
    stream.write_all(b"PING\r\n").await.unwrap();
    let mut answer = Vec::new();
    // It may close the connection rudely.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"+PONG"), "{answer:?}");
}

#[tokio::test]
async fn stopped_paused_and_full_it_does_not_serve_and_afterwards_it_does() {
    let server = Redis::start(RedisOptions::default()).await;
    server.stop();
    let error = server.command(&["PING"]).unwrap_err();
    assert!(error.contains("Connection refused"), "{error}");
    server.restart().await;

    server.pause();
    TcpStream::connect((server.host(), server.port())).await.unwrap();
    server.command(&["PING"]).unwrap_err();
    server.resume();
    assert_eq!(server.command(&["PING"]).unwrap(), "PONG");

    server.fill();
    let error = server.command(&["SET", "key", "value"]).unwrap_err();
    assert!(error.contains("OOM command not allowed"), "{error}");
    assert_eq!(server.command(&["PING"]).unwrap(), "PONG");
    server.empty();
    assert_eq!(server.command(&["SET", "key", "value"]).unwrap(), "OK");
}

#[tokio::test]
async fn a_replica_follows_with_password_and_tls_and_knows_when_its_source_is_gone() {
    let certificate = Authority::new().issue(&["127.0.0.1"]);
    let options = RedisOptions { password: Some("s3cret-of-redis"), certificate: Some(certificate), settings: Vec::new() };
    let server = Redis::start(options).await;
    let replica = server.replica().await;
    server.command(&["SET", "key", "value"]).unwrap();
    until("the key is copied", || replica.command(&["GET", "key"]).unwrap() == "value").await;
    assert!(replica.command(&["INFO", "replication"]).unwrap().contains("master_link_status:up"));
    server.stop();
    until("the link is down", || replica.command(&["INFO", "replication"]).unwrap().contains("master_link_status:down")).await;
}
