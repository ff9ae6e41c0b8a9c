//! Options of the server, with their defaults.

use std::{fmt, sync::Arc, time::Duration};

use deployment_core::{Error, Result};

use super::{Prometheus, server::Shared};
use crate::{
    http::HttpClient,
    metric::access::Access,
    secret::{SafeUrl, Secret},
};

/// The largest answer that is read, unless a client is given.
const LARGEST: usize = 8 * 1024 * 1024;

/// Puts a [`Prometheus`] together. `Debug` shows no credentials.
#[must_use]
pub struct PrometheusBuilder {
    base: SafeUrl,
    client: Option<HttpClient>,
    access: Access,
    scrape_interval: Duration,
    delay: Duration,
}

impl PrometheusBuilder {
    pub(super) fn new(url: SafeUrl) -> Result<Self> {
        let (_, path) = url.expose();
        if path.contains('?') {
            return Err(Error::invalid("url", "has a query; take it out, and give credentials and tenant by their own options"));
        }
        let base = if path.ends_with('/') { url.clone() } else { url.join(&format!("{path}/"))? };
        let (scrape_interval, delay) = (Duration::from_secs(15), Duration::from_secs(5));
        Ok(Self { base, client: None, access: Access::default(), scrape_interval, delay })
    }

    /// How to reach it: address policy, authorities, deadline, largest answer. Default: a client of its own that takes answers of up to
    /// 8 MiB; a shared client with the usual 64 KiB is too small for long windows over histograms.
    pub fn client(mut self, client: HttpClient) -> Self {
        self.client = Some(client);
        self
    }

    /// Sends `Authorization: Bearer …`. Default: no credentials.
    pub fn bearer(mut self, token: Secret) -> Self {
        self.access.bearer(token);
        self
    }

    /// Sends `Authorization: Basic …`.
    pub fn basic(mut self, user: impl Into<String>, password: Secret) -> Self {
        self.access.basic(user.into(), password);
        self
    }

    /// Sends `X-Scope-OrgID`: the tenant of Mimir, Cortex and Loki.
    pub fn tenant(self, tenant: &str) -> Self {
        self.header("x-scope-orgid", Secret::new(tenant))
    }

    /// Sends a header of your own, whose value is not shown.
    pub fn header(mut self, name: impl Into<String>, value: Secret) -> Self {
        self.access.header(name.into(), value);
        self
    }

    /// The `scrape_interval` of the instances. Default: 15 s, as in the configuration that Prometheus ships; without a configuration it
    /// is 60 s. If the instances are scraped less often than said here, measurements are *no data*.
    pub fn scrape_interval(mut self, interval: Duration) -> Self {
        self.scrape_interval = interval;
        self
    }

    /// How long after a scrape began its samples can be asked for. Default: 5 s. More for a server that is written to remotely.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The server.
    ///
    /// # Errors
    /// If a credential or header cannot be sent, or the interval is not from 10 ms to an hour, or the delay over an hour.
    pub fn build(self) -> Result<Prometheus> {
        let hour = Duration::from_secs(3_600);
        if self.scrape_interval < Duration::from_millis(10) || self.scrape_interval > hour {
            return Err(Error::invalid("scrape_interval", "must be from 10 ms to 1 h; give the one of Prometheus's configuration"));
        }
        if self.delay > hour {
            return Err(Error::invalid("delay", "must be at most 1 h"));
        }
        let Self { base, client, access, scrape_interval, delay } = self;
        let client = client.map_or_else(|| HttpClient::builder().body_limit(LARGEST).build(), Ok)?;
        let shared = Shared { client, base, access, scrape_interval, delay };
        shared.access.request(shared.base.clone())?;
        Ok(Prometheus(Arc::new(shared)))
    }
}

impl fmt::Debug for PrometheusBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrometheusBuilder").field("url", &self.base).field("scrape_interval", &self.scrape_interval).finish_non_exhaustive()
    }
}
