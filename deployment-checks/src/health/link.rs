//! A connection that a peer cannot flood.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use deployment_core::Result;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Instant,
};

use super::Access;
use crate::net::Tls;

/// What a peer may send in one look, in bytes: answers of a health check are a few kilobytes.
const MOST: u64 = 1024 * 1024;

/// TCP, with or without TLS.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Wire for S {}

/// A connection on which reading fails after [`MOST`] bytes.
pub(super) struct Link<S> {
    stream: S,
    left: u64,
}

impl<S> Link<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, left: MOST }
    }

    /// The connection without the bound, to speak TLS over it.
    #[cfg(feature = "smtp")]
    pub(super) fn into_inner(self) -> S {
        self.stream
    }
}

/// A connection to a server, with TLS or without.
#[cfg(any(feature = "grpc", feature = "mongodb", feature = "redis", feature = "smtp"))]
pub(super) type Connected = Link<Box<dyn Wire>>;

/// Connects to a server, with TLS if there is one.
#[cfg(any(feature = "grpc", feature = "mongodb", feature = "redis", feature = "smtp"))]
pub(super) async fn connect(access: &Access, tls: Option<&Tls>, host: &str, port: u16, deadline: Instant) -> Result<Connected> {
    let stream: TcpStream = access.network.connect(host, port, deadline).await?;
    let wire: Box<dyn Wire> = match tls {
        Some(tls) => Box::new(tls.connect(stream, host, deadline).await?),
        None => Box::new(stream),
    };
    Ok(Link::new(wire))
}

impl<S: AsyncRead + Unpin> AsyncRead for Link<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let read = (buffer.filled().len() - before) as u64;
        match self.left.checked_sub(read) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "the peer sends more than 1 MiB"))),
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Link<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
