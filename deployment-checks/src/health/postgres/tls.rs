//! The crate's TLS, as the driver wants it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use futures::future::BoxFuture;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use tokio_rustls::{TlsConnector, client};

use crate::{
    health::link::Link,
    net::{Tls, server_name},
};

/// Shakes hands with the host that was meant, whatever its address.
pub(super) struct Connector {
    pub(super) tls: Tls,
    pub(super) host: String,
}

/// An encrypted connection.
pub(super) struct Encrypted(client::TlsStream<Link<TcpStream>>);

impl TlsConnect<Link<TcpStream>> for Connector {
    type Stream = Encrypted;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Encrypted, Self::Error>>;

    fn connect(self, stream: Link<TcpStream>) -> Self::Future {
        Box::pin(async move {
            let name = server_name(&self.host)?;
            Ok(Encrypted(TlsConnector::from(self.tls.config()).connect(name, stream).await?))
        })
    }
}

impl TlsStream for Encrypted {
    /// None: the certificate is verified, which a man in the middle cannot pass.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
