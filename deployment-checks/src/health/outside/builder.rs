//! Options of the check, with their defaults.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use deployment_core::{Error, Result, health::HealthCheck};

use super::{OutsideCheck, closed::Closed, redirect::Redirect};
use crate::{
    expect::{Expect, TextRule},
    health::{
        HttpCheck, TcpCheck, TlsCheck,
        timeout::{TIMEOUT, check_timeout},
    },
    http::HttpClient,
    net::{Network, Tls},
    secret::SafeUrl,
};

/// Puts an [`OutsideCheck`] together. Nothing is looked at that is not asked for.
#[derive(Debug, Clone)]
#[must_use]
pub struct OutsideCheckBuilder {
    host: String,
    network: Network,
    tls: Option<Tls>,
    timeout: Duration,
    http_port: u16,
    https_port: u16,
    redirect: Option<String>,
    certificate: Option<(u16, u16)>,
    open: Vec<u16>,
    closed: Vec<u16>,
    headers: Vec<(String, String, TextRule)>,
}

impl OutsideCheckBuilder {
    pub(super) fn new(host: String) -> Self {
        Self {
            host,
            network: Network::default(),
            tls: None,
            timeout: TIMEOUT,
            http_port: 80,
            https_port: 443,
            redirect: None,
            certificate: None,
            open: Vec::new(),
            closed: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// A plain `http` request for `/` must be answered by a redirect to `https` on the same host, with or without `www.`.
    pub fn https_redirect(mut self) -> Self {
        self.redirect = Some("/".into());
        self
    }

    /// The certificate verifies, is degraded below 30 days left and unhealthy below 7, as [`TlsCheck`] does.
    pub fn tls(self) -> Self {
        self.tls_days(30, 7)
    }

    /// The same with other limits, in days.
    pub fn tls_days(mut self, degraded_below: u16, unhealthy_below: u16) -> Self {
        self.certificate = Some((degraded_below, unhealthy_below));
        self
    }

    /// This port must accept connections.
    pub fn open(mut self, port: u16) -> Self {
        self.open.push(port);
        self
    }

    /// This port must not accept connections, on any address of the host: it refuses them, or is silent for half of the timeout.
    /// Anything else, such as no route to it, is no answer: the check could not look.
    pub fn closed(mut self, port: u16) -> Self {
        self.closed.push(port);
        self
    }

    /// A `GET` of `path` over https must succeed, and its `Cache-Control` must be so.
    pub fn cache(self, path: &str, rule: TextRule) -> Self {
        self.header(path, "cache-control", rule)
    }

    /// A `GET` of `path` over https must succeed, and this header must be so.
    pub fn header(mut self, path: &str, name: &str, rule: TextRule) -> Self {
        self.headers.push((path.into(), name.into(), rule));
        self
    }

    /// Where http and https are spoken. Default: 80 and 443.
    pub fn ports(mut self, http: u16, https: u16) -> Self {
        (self.http_port, self.https_port) = (http, https);
        self
    }

    /// The way out, with its address policy. Default: [`Network::default`].
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// The roots to trust. Default: [`Tls::public`].
    pub fn trust(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// The time for each part. Default: 5 s; at most an hour.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The check.
    ///
    /// # Errors
    /// If nothing is asked for, a port is asked to be open and closed, or an option of a part is out of its bounds.
    pub fn build(self) -> Result<OutsideCheck> {
        check_timeout(self.timeout)?;
        if let Some(port) = self.open.iter().find(|port| self.closed.contains(port)) {
            return Err(Error::invalid("closed", format!("port {port} cannot be open and closed; leave one out")));
        }
        let tls = self.tls.clone().map_or_else(Tls::public, Ok)?;
        let client = HttpClient::builder().network(self.network.clone()).tls(tls.clone()).deadline(self.timeout).keep(0, 0).build()?;
        let mut parts: Vec<Arc<dyn HealthCheck>> = Vec::new();
        if let Some(path) = &self.redirect {
            let url = self.url("http", self.http_port, path)?;
            parts.push(Arc::new(Redirect { url, client: client.clone(), timeout: self.timeout }));
        }
        if let Some((degraded, unhealthy)) = self.certificate {
            let check = TlsCheck::builder(&self.host, self.https_port).days(degraded, unhealthy).tls(tls);
            parts.push(Arc::new(check.network(self.network.clone()).timeout(self.timeout).build()?));
        }
        for port in &self.open {
            let check = TcpCheck::builder(&self.host, *port).network(self.network.clone()).timeout(self.timeout);
            parts.push(Arc::new(check.build()?));
        }
        for port in &self.closed {
            parts.push(Arc::new(Closed::new(self.host.clone(), *port, self.network.clone(), self.timeout)?));
        }
        for (path, expect) in self.expected()? {
            let check = HttpCheck::builder(self.url("https", self.https_port, path)?).client(client.clone()).expect(expect);
            parts.push(Arc::new(check.timeout(self.timeout).build()?));
        }
        if parts.is_empty() {
            return Err(Error::invalid("outside", "nothing is asked for; add for instance https_redirect() and tls()"));
        }
        Ok(OutsideCheck { host: self.host, parts, timeout: self.timeout })
    }

    /// What is expected of each path: one request looks at all of its headers.
    fn expected(&self) -> Result<BTreeMap<&str, Expect>> {
        let mut expected = BTreeMap::new();
        for (path, name, rule) in &self.headers {
            let before: Expect = expected.remove(path.as_str()).unwrap_or_default();
            expected.insert(path.as_str(), before.header(name, rule.clone())?);
        }
        Ok(expected)
    }

    fn url(&self, scheme: &str, port: u16, path: &str) -> Result<SafeUrl> {
        if !path.starts_with('/') {
            return Err(Error::invalid("path", format!("{path:?} does not begin with /; write for instance /assets/app.js")));
        }
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        SafeUrl::parse(&format!("{scheme}://{host}:{port}{path}"))
    }
}
