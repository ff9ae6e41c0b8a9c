//! Peers that attack whoever asks them. Every family of HTTP checks must survive [`all`].

use std::{io::Write, sync::Arc, time::Duration};

use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};

use super::{Peer, read_request};

/// Sends `head`, then `again` every `pause` until the client has gone.
pub async fn dripping(head: &'static str, again: impl Into<Vec<u8>>, pause: Duration) -> Peer {
    let again = Arc::new(again.into());
    Peer::new(move |mut stream: TcpStream| {
        let again = Arc::clone(&again);
        async move {
            let _ = read_request(&mut stream).await;
            let mut sent = stream.write_all(head.as_bytes()).await;
            while sent.is_ok() {
                sleep(pause).await;
                sent = stream.write_all(&again).await;
            }
        }
    })
    .await
}

/// A header's byte at a time.
pub async fn slow_headers() -> Peer {
    dripping("HTTP/1.1 200 OK\r\nx: ", b"a", Duration::from_millis(20)).await
}

/// A body's byte at a time.
pub async fn slow_body() -> Peer {
    dripping("HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n", b"a", Duration::from_millis(20)).await
}

/// A body without an end, as fast as it goes.
pub async fn endless_body() -> Peer {
    dripping("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", format!("400\r\n{}\r\n", "a".repeat(0x400)), Duration::ZERO).await
}

/// Headers without an end.
pub async fn endless_headers() -> Peer {
    dripping("HTTP/1.1 200 OK\r\n", "x-more: and more\r\n".repeat(10), Duration::ZERO).await
}

/// One header without an end.
pub async fn endless_header() -> Peer {
    dripping("HTTP/1.1 200 OK\r\nx: ", "a".repeat(256), Duration::ZERO).await
}

/// Interim answers without an end.
pub async fn endless_interim() -> Peer {
    dripping("", b"HTTP/1.1 100 Continue\r\n\r\n", Duration::from_millis(1)).await
}

/// Chunk extensions and trailers without an end.
pub async fn endless_trailers() -> Peer {
    dripping("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n", "x-more: and more\r\n".repeat(10), Duration::ZERO)
        .await
}

/// Reads and never answers.
pub async fn silent() -> Peer {
    Peer::new(|mut stream: TcpStream| async move {
        while read_request(&mut stream).await.is_some() {}
        sleep(Duration::from_secs(3_600)).await;
    })
    .await
}

/// Resets the connection instead of answering.
pub async fn resetting() -> Peer {
    Peer::new(|mut stream: TcpStream| async move {
        let _ = read_request(&mut stream).await;
        reset(stream);
    })
    .await
}

/// Resets the connection in the middle of the body.
pub async fn resetting_body() -> Peer {
    Peer::new(|mut stream: TcpStream| async move {
        let _ = read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
        sleep(Duration::from_millis(50)).await;
        reset(stream);
    })
    .await
}

fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
    drop(stream);
}

/// A body of 10 MiB in one layer of `encoding` (`gzip`, `zlib` or `deflate`).
pub fn bomb(encoding: &str) -> Vec<u8> {
    compress(encoding, &vec![0; 10 * 1024 * 1024])
}

/// `data` in `encoding`.
pub fn compress(encoding: &str, data: &[u8]) -> Vec<u8> {
    let level = Compression::best();
    match encoding {
        "gzip" => with(GzEncoder::new(Vec::new(), level), data, GzEncoder::finish),
        "zlib" => with(ZlibEncoder::new(Vec::new(), level), data, ZlibEncoder::finish),
        "deflate" => with(DeflateEncoder::new(Vec::new(), level), data, DeflateEncoder::finish),
        other => panic!("no encoding {other}"),
    }
}

fn with<W: Write>(mut encoder: W, data: &[u8], finish: impl Fn(W) -> std::io::Result<Vec<u8>>) -> Vec<u8> {
    encoder.write_all(data).unwrap();
    finish(encoder).unwrap()
}

/// A whole answer with `headers` (each line ended) and `body`.
pub fn answer(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n{headers}\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Every peer above and every answer that no client should take, with a name each.
pub async fn all() -> Vec<(&'static str, Peer)> {
    let nested = compress("gzip", &bomb("gzip"));
    vec![
        ("slow headers", slow_headers().await),
        ("slow body", slow_body().await),
        ("endless body", endless_body().await),
        ("endless headers", endless_headers().await),
        ("endless header", endless_header().await),
        ("endless interim answers", endless_interim().await),
        ("endless trailers", endless_trailers().await),
        ("silent", silent().await),
        ("reset", resetting().await),
        ("reset in the body", resetting_body().await),
        ("gzip bomb", Peer::saying(answer(200, "content-encoding: gzip\r\n", &bomb("gzip"))).await),
        ("zlib bomb", Peer::saying(answer(200, "content-encoding: deflate\r\n", &bomb("zlib"))).await),
        ("deflate bomb", Peer::saying(answer(200, "content-encoding: deflate\r\n", &bomb("deflate"))).await),
        ("nested bomb", Peer::saying(answer(200, "content-encoding: gzip, gzip\r\n", &nested)).await),
        ("nested bomb in two headers", Peer::saying(answer(200, "content-encoding: gzip\r\ncontent-encoding: gzip\r\n", &nested)).await),
        ("no gzip", Peer::saying(answer(200, "content-encoding: gzip\r\n", b"plain")).await),
        ("unknown encoding", Peer::saying(answer(200, "content-encoding: br\r\n", b"?")).await),
        ("large body", Peer::saying(answer(200, "", &vec![b'a'; 64 * 1024 + 1])).await),
        ("huge announcement", Peer::saying("HTTP/1.1 200 OK\r\ncontent-length: 99999999999999\r\n\r\nx").await),
        ("body cut short", Peer::saying("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await),
        ("two lengths", Peer::saying("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc").await),
        ("no HTTP", Peer::saying("SSH-2.0-OpenSSH_9.2\r\n").await),
        ("nothing", Peer::saying("").await),
        ("101 headers", Peer::saying(format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(101))).await),
    ]
}
