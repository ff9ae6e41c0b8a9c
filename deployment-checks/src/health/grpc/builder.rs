//! What a check over gRPC is told.

use std::time::Duration;

use deployment_core::{Error, Result};
use http::{HeaderValue, uri::Authority};

use super::check::GrpcCheck;
use crate::{
    health::{Access, Limits, place::server},
    secret::Secret,
};

/// Puts a [`GrpcCheck`] together.
#[derive(Debug, Clone)]
#[must_use]
pub struct GrpcCheckBuilder(Settings);

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) access: Access,
    pub(super) service: String,
    pub(super) bearer: Option<Secret>,
    pub(super) answer_time: Limits<Duration>,
}

impl GrpcCheckBuilder {
    pub(super) fn new(host: String, port: u16) -> Self {
        let answer_time = Limits::new(Duration::from_millis(500), Duration::from_secs(2));
        Self(Settings { host, port, access: Access::new(), service: String::new(), bearer: None, answer_time })
    }

    /// How the server is reached. With [`Access::plaintext`] HTTP/2 is spoken without TLS (prior knowledge).
    pub fn access(mut self, access: Access) -> Self {
        self.0.access = access;
        self
    }

    /// The service that is asked about, such as `shop.v1.Orders`; the server as a whole, unless told otherwise.
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.0.service = name.into();
        self
    }

    /// Sends `authorization: Bearer …`; nothing, unless told otherwise.
    pub fn bearer(mut self, token: Secret) -> Self {
        self.0.bearer = Some(token);
        self
    }

    /// How long the answer may take, from the request on; degraded from 500 ms on, failed from 2 s on, unless told otherwise.
    pub fn answer_time(mut self, limits: Limits<Duration>) -> Self {
        self.0.answer_time = limits;
        self
    }

    /// The check.
    ///
    /// # Errors
    /// If the host, the service, the token or a limit is not what it should be. Never shows the token.
    pub fn build(self) -> Result<GrpcCheck> {
        let settings = self.0;
        server(&settings.host, settings.port)?;
        let tls = settings.access.security()?.map(|tls| tls.with_protocols(&["h2"]));
        let host = if settings.host.contains(':') { format!("[{}]", settings.host) } else { settings.host.clone() };
        let authority: Authority = format!("{host}:{}", settings.port)
            .parse()
            .map_err(|_| Error::invalid("host", "must be a name or an address, without scheme, user and port"))?;
        if settings.service.len() > 1024 || settings.service.contains(char::is_control) {
            return Err(Error::invalid("service", "must be a service's full name, such as shop.v1.Orders, or empty for the server"));
        }
        settings.answer_time.check("answer_time", Duration::ZERO)?;
        let bearer = settings.bearer.as_ref().map(authorization).transpose()?;
        Ok(GrpcCheck { bearer, settings, tls, authority })
    }
}

/// `Bearer …`, which no log of the driver's shows.
fn authorization(token: &Secret) -> Result<HeaderValue> {
    let value = HeaderValue::try_from(format!("Bearer {}", token.expose()));
    let mut value = value.map_err(|_| Error::invalid("bearer", "has a character that no header may have"))?;
    value.set_sensitive(true);
    Ok(value)
}
