//! Options of the client, with their defaults.

use std::{sync::Arc, time::Duration};

use deployment_core::{Error, Result};

use super::{
    HttpClient,
    client::Shared,
    pool::{Limits, Pool},
};
use crate::net::{Network, Tls};

/// Puts an [`HttpClient`] together.
///
/// ```
/// use std::time::Duration;
/// use deployment_checks::http::HttpClient;
///
/// let client = HttpClient::builder().deadline(Duration::from_secs(2)).redirects(3).build()?;
/// assert!(HttpClient::builder().deadline(Duration::ZERO).build().is_err());
/// # let _ = client;
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct HttpClientBuilder {
    network: Network,
    tls: Option<Tls>,
    deadline: Duration,
    body_limit: usize,
    redirects: u8,
    limits: Limits,
}

impl Default for HttpClientBuilder {
    fn default() -> Self {
        Self {
            network: Network::default(),
            tls: None,
            deadline: Duration::from_secs(10),
            body_limit: 64 * 1024,
            redirects: 0,
            limits: Limits { per_origin: 8, in_all: 256, idle: Duration::from_secs(60) },
        }
    }
}

impl HttpClientBuilder {
    /// The way out, with its address policy. Default: [`Network::default`].
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// How TLS is verified. Default: [`Tls::public`].
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// The time for a whole request, from resolving the name to the body's last byte, redirects included. Default: 10 s; at most a day.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The largest body, in bytes, compressed and decompressed. Default: 65 536; at most 16 MiB.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// How many redirects a `GET` or `HEAD` may follow. Default: 0, and a redirect is the answer.
    pub fn redirects(mut self, most: u8) -> Self {
        self.redirects = most;
        self
    }

    /// How many idle connections are kept `per_origin` (scheme, host and port) and `in_all`. Default: 8 and 256; 0 keeps none. A load
    /// test wants as many per origin as requests run at once.
    pub fn keep(mut self, per_origin: usize, in_all: usize) -> Self {
        self.limits.per_origin = per_origin;
        self.limits.in_all = in_all;
        self
    }

    /// For how long an idle connection is kept. Default: 60 s.
    pub fn keep_for(mut self, idle: Duration) -> Self {
        self.limits.idle = idle;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// If the deadline or the body's limit is out of its bounds.
    pub fn build(self) -> Result<HttpClient> {
        if self.deadline.is_zero() || self.deadline > HttpClient::LONGEST {
            return Err(Error::invalid("deadline", "must be more than 0 s and at most a day"));
        }
        if self.body_limit > 16 * 1024 * 1024 {
            return Err(Error::invalid("body_limit", "must be at most 16 MiB: a check reads an answer, not a download"));
        }
        let tls = self.tls.map_or_else(Tls::public, Ok)?.with_protocols(&["http/1.1"]);
        let Self { network, deadline, body_limit, redirects, limits, .. } = self;
        Ok(HttpClient(Arc::new(Shared { network, tls, deadline, body_limit, redirects, pool: Pool::new(limits) })))
    }
}
