//! Options of an endpoint, with their defaults.

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use deployment_core::{Error, Result};

use super::{
    JsonEndpoint,
    endpoint::{Scope, Shared},
    url::UrlTemplate,
};
use crate::{http::HttpClient, metric::access::Access, secret::Secret};

/// Puts a [`JsonEndpoint`] together. `Debug` shows no credentials.
#[must_use]
pub struct JsonBuilder {
    url: UrlTemplate,
    client: Option<HttpClient>,
    access: Access,
    query: Vec<(String, Secret)>,
    absent: BTreeSet<u16>,
    lag: Duration,
    scope: Scope,
}

impl JsonBuilder {
    pub(super) fn new(url: UrlTemplate) -> Self {
        let (access, absent) = (Access::default(), BTreeSet::from([404]));
        Self { url, client: None, access, query: Vec::new(), absent, lag: Duration::from_secs(5), scope: Scope::Revision }
    }

    /// How to reach it: address policy, authorities, deadline, largest answer. Default: a client of its own with the usual limits.
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

    /// Sends a header of your own, whose value is not shown.
    pub fn header(mut self, name: impl Into<String>, value: Secret) -> Self {
        self.access.header(name.into(), value);
        self
    }

    /// Adds a secret to the query.
    pub fn query(mut self, name: impl Into<String>, value: Secret) -> Self {
        self.query.push((name.into(), value));
        self
    }

    /// Statuses that mean *no data*. Default: 404. Every other status but 2xx is an error.
    pub fn absent(mut self, statuses: impl IntoIterator<Item = u16>) -> Self {
        self.absent = statuses.into_iter().collect();
        self
    }

    /// How long after a moment its data is complete. Default: 5 s.
    pub fn lag(mut self, lag: Duration) -> Self {
        self.lag = lag;
        self
    }

    /// It is about a whole service, whatever revision is asked for: for comparing before and after. Default: about `$revision`.
    pub fn of_service(mut self) -> Self {
        self.scope = Scope::Service;
        self
    }

    /// The endpoint.
    ///
    /// # Errors
    /// If the URL is not about a window (`$from` and `$to`, or `$from_ms`, `$from_s` …) or not about a `$revision`, or a credential
    /// cannot be sent.
    pub fn build(self) -> Result<JsonEndpoint> {
        let Self { url, client, access, query, absent, lag, scope } = self;
        if !url.has_window() {
            let fix = "add them, such as ?from=$from&to=$to (RFC 3339; $from_ms and $from_s are milliseconds and seconds)";
            return Err(Error::invalid("url", format!("$from and $to are not in it, so that it is about no window; {fix}")));
        }
        if scope == Scope::Revision && !url.has("revision") {
            return Err(Error::invalid("url", "$revision is not in it; add it, or say of_service() if no revision is meant"));
        }
        let client = client.map_or_else(|| HttpClient::builder().build(), Ok)?;
        access.request(url.shown().clone())?;
        Ok(JsonEndpoint(Arc::new(Shared { client, url, access, query, absent, lag })))
    }
}

impl fmt::Debug for JsonBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonBuilder").field("url", self.url.shown()).field("lag", &self.lag).finish_non_exhaustive()
    }
}
