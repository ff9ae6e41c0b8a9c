//! A connection to a server, with TLS or without.

use deployment_core::Result;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant,
};

use super::{Access, link::Link};
use crate::net::Tls;

/// What bytes go over.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Wire for S {}

/// TCP, with TLS or without.
pub(super) type Connected = Link<Box<dyn Wire>>;

/// Connects to a server, with TLS if there is one.
pub(super) async fn connect(access: &Access, tls: Option<&Tls>, host: &str, port: u16, deadline: Instant) -> Result<Connected> {
    let stream = access.network.connect(host, port, deadline).await?;
    let wire: Box<dyn Wire> = match tls {
        Some(tls) => Box::new(tls.connect(stream, host, deadline).await?),
        None => Box::new(stream),
    };
    Ok(Link::new(wire))
}
