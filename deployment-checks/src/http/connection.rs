//! One connection, to an address that was checked.

use bytes::Bytes;
use deployment_core::Result;
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::http1::{self, SendRequest},
    rt::{Read, Write},
};
use hyper_util::rt::TokioIo;
use tokio::{task::JoinHandle, time::Instant};

use super::failure;
use crate::{
    net::{Network, Tls},
    secret::SafeUrl,
};

/// What a status line and its headers may take, in bytes.
const LARGEST_HEADERS: usize = 32 * 1024;

pub(super) type Message = Request<Full<Bytes>>;

/// A connection that carries one exchange at a time; closed when dropped.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
    pub(super) opened: Instant,
    pub(super) idle_since: Instant,
}

/// Why there was no answer, and whether the peer may have seen the request.
pub(super) struct Unanswered {
    pub(super) error: hyper::Error,
    pub(super) unsent: bool,
}

impl Connection {
    pub(super) async fn open(network: &Network, tls: &Tls, url: &SafeUrl, deadline: Instant) -> Result<Self> {
        let host = url.host();
        let stream = network.connect(&host, url.port(), deadline).await.map_err(|error| error.with("url", url))?;
        if url.is_https() {
            let stream = tls.connect(stream, &host, deadline).await.map_err(|error| error.with("url", url))?;
            Self::speak(url, TokioIo::new(stream)).await
        } else {
            Self::speak(url, TokioIo::new(stream)).await
        }
    }

    async fn speak<S: Read + Write + Send + Unpin + 'static>(url: &SafeUrl, stream: S) -> Result<Self> {
        let handshake = http1::Builder::new().max_buf_size(LARGEST_HEADERS).handshake(stream).await;
        let (sender, connection) = handshake.map_err(|error| failure::exchange(url, &error))?;
        let driver = tokio::spawn(async move {
            // Whoever waits for an answer is told the error as well.
            let _ = connection.await;
        });
        let now = Instant::now();
        Ok(Self { sender, driver, opened: now, idle_since: now })
    }

    pub(super) async fn ask(&mut self, message: Message) -> Result<Response<Incoming>, Unanswered> {
        self.sender.ready().await.map_err(|error| Unanswered { error, unsent: true })?;
        self.sender.try_send_request(message).await.map_err(|mut error| {
            let unsent = error.take_message().is_some();
            Unanswered { error: error.into_error(), unsent }
        })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

impl Drop for Connection {
    /// At once, also in the middle of a body that never ends.
    fn drop(&mut self) {
        self.driver.abort();
    }
}
