//! Options of the check, with their defaults.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use deployment_core::{Error, Result};

use super::{HealthBodyRules, HttpCheck, check::Place};
use crate::{
    expect::Expect,
    health::{
        Limits,
        timeout::{TIMEOUT, check_timeout},
    },
    http::{HttpClient, HttpRequest, Method},
    secret::{Hidden, SafeUrl, Secret},
};

/// Puts an [`HttpCheck`] together. What is wrong with an option is told by [`build`](Self::build).
#[derive(Debug)]
#[must_use]
pub struct HttpCheckBuilder {
    place: Place,
    request: Result<HttpRequest>,
    client: Option<HttpClient>,
    expect: Expect,
    standard: Option<HealthBodyRules>,
    latency: Option<Limits<Duration>>,
    timeout: Duration,
    hidden: Hidden,
}

impl HttpCheckBuilder {
    pub(super) fn at(place: Place) -> Self {
        // The candidate's address is put in when it is known.
        let url = match &place {
            Place::Url(url) => Ok(url.clone()),
            Place::Candidate(_) => SafeUrl::parse("http://candidate.invalid/"),
        };
        let request = url.map(HttpRequest::get);
        let (expect, hidden) = (Expect::new(), Hidden::default());
        Self { place, request, client: None, expect, standard: None, latency: None, timeout: TIMEOUT, hidden }
    }

    /// The method. Default: `GET`. A check should change nothing.
    pub fn method(self, method: Method) -> Self {
        self.map(|request| Ok(request.with_method(method)))
    }

    /// Sends this body.
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        self.map(|request| request.body(body).header("content-type", content_type))
    }

    /// Sends a header.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.map(|request| request.header(name, value))
    }

    /// Sends a header that is a secret.
    pub fn secret_header(mut self, name: &str, value: Secret) -> Self {
        self.hidden.add(value.expose());
        self.map(|request| request.secret_header(name, &value))
    }

    /// Sends `token` as `Authorization: Bearer …`.
    pub fn bearer(mut self, token: Secret) -> Self {
        self.hidden.add(token.expose());
        self.map(|request| request.bearer(&token))
    }

    /// Sends `user` and `password` as `Authorization: Basic …`.
    pub fn basic(mut self, user: &str, password: Secret) -> Self {
        self.hidden.add(password.expose());
        self.hidden.add(&STANDARD.encode(format!("{user}:{}", password.expose())));
        self.map(|request| request.basic(user, &password))
    }

    /// The client that asks, with its address policy, roots, limits and redirects. Default: one of its own with the client's defaults.
    pub fn client(mut self, client: HttpClient) -> Self {
        self.client = Some(client);
        self
    }

    /// What the answer must be like. Default: a status from 200 to 299.
    pub fn expect(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }

    /// Understands the body as that of a health endpoint ([`HealthBody`](super::HealthBody)), and judges it by these rules. Default: the body
    /// is not looked at.
    pub fn standard(mut self, rules: HealthBodyRules) -> Self {
        self.standard = Some(rules);
        self
    }

    /// How long the answer may take, from resolving the name to the body's end. Default: no limits but the timeout.
    pub fn latency(mut self, limits: Limits<Duration>) -> Self {
        self.latency = Some(limits);
        self
    }

    /// The time for one look. Default: 5 s; at most an hour.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The check.
    ///
    /// # Errors
    /// If the path does not begin with `/`, a header cannot be sent, or timeout or limits are out of their bounds.
    pub fn build(mut self) -> Result<HttpCheck> {
        check_timeout(self.timeout)?;
        self.latency.map_or(Ok(()), |limits| limits.check("latency", Duration::ZERO))?;
        let asked = match &self.place {
            Place::Candidate(path) if !path.starts_with('/') => {
                return Err(Error::invalid("path", "does not begin with /; write for instance /health/ready"));
            }
            Place::Candidate(path) => SafeUrl::parse(&format!("http://candidate.invalid{path}"))?,
            Place::Url(url) => url.clone(),
        };
        asked.whole().query_pairs().for_each(|(name, value)| self.hidden.add(if value.is_empty() { &name } else { &value }));
        if asked.is_secret() {
            self.hidden.add_path(asked.whole().path());
        }
        let client = self.client.map_or_else(|| HttpClient::builder().build(), Ok)?;
        let Self { place, request, expect, standard, latency, timeout, hidden, .. } = self;
        Ok(HttpCheck { place, request: request?, client, expect, standard, latency, timeout, hidden })
    }

    fn map(mut self, change: impl FnOnce(HttpRequest) -> Result<HttpRequest>) -> Self {
        self.request = self.request.and_then(change);
        self
    }
}
