//! One call of a transaction.

use std::time::Duration;

use serde_json::Value;

use super::Capture;
use crate::{expect::Expect, http::Method};

/// One HTTP call. Its URL, headers and body may have places for values: see [`Template`](super::Template).
///
/// Whatever a place holds stays what it is: in a URL it is percent-encoded, in a JSON body or a form it is escaped, and a line break in a
/// header is refused. The URL is a path on the base address (`/orders/${order}`), an absolute URL whose host is written out, or one
/// variable alone (`${next}`), which must lead to the base address.
#[derive(Debug, Clone)]
pub struct Call {
    pub(super) name: Option<String>,
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: CallBody,
    pub(super) expect: Expect,
    pub(super) same: Vec<(String, String)>,
    pub(super) captures: Vec<(String, Capture)>,
    pub(super) timeout: Option<Duration>,
}

#[derive(Debug, Clone)]
pub(super) enum CallBody {
    None,
    Text { content_type: String, text: String },
    Json(Value),
    Form(Vec<(String, String)>),
}

impl Call {
    /// A call with any method.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            name: None,
            method,
            url: url.into(),
            headers: Vec::new(),
            body: CallBody::None,
            expect: Expect::new(),
            same: Vec::new(),
            captures: Vec::new(),
            timeout: None,
        }
    }

    /// A `GET`.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// A `POST`.
    #[must_use]
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::POST, url)
    }

    /// A `PUT`.
    #[must_use]
    pub fn put(url: impl Into<String>) -> Self {
        Self::new(Method::PUT, url)
    }

    /// A `DELETE`.
    #[must_use]
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new(Method::DELETE, url)
    }

    /// What it is called in results: its method and its URL without the query, unless told otherwise.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sends a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends JSON; every text in it may have places. A text that is one variable alone becomes that variable's value, a number for instance.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = CallBody::Json(body);
        self
    }

    /// Sends a form (`application/x-www-form-urlencoded`).
    #[must_use]
    pub fn form<N: Into<String>, V: Into<String>>(mut self, fields: impl IntoIterator<Item = (N, V)>) -> Self {
        self.body = CallBody::Form(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect());
        self
    }

    /// Sends a text of this content type. Values are put into it as they are.
    #[must_use]
    pub fn text(mut self, content_type: impl Into<String>, text: impl Into<String>) -> Self {
        self.body = CallBody::Text { content_type: content_type.into(), text: text.into() };
        self
    }

    /// What the answer must be like: any status from 200 to 299, unless told otherwise.
    #[must_use]
    pub fn expect(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }

    /// The value at a JSON pointer of the answer must be the variable's.
    #[must_use]
    pub fn same(mut self, pointer: impl Into<String>, variable: impl Into<String>) -> Self {
        self.same.push((pointer.into(), variable.into()));
        self
    }

    /// Keeps a value of the answer for later calls; if it is not there, the call has failed.
    #[must_use]
    pub fn capture(mut self, variable: impl Into<String>, capture: Capture) -> Self {
        self.captures.push((variable.into(), capture));
        self
    }

    /// How long it may take: the client's deadline, unless told otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// What is wrong with a URL, if anything.
    #[cfg(feature = "yaml")]
    pub(in crate::suite) fn check_url(url: &str) -> deployment_core::Result<()> {
        super::compiled::Target::parse(url).map(drop)
    }

    pub(super) fn label(&self) -> String {
        // Without the query and a user, which may have a secret in them.
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        let path = match path.split_once("://") {
            Some((scheme, rest)) => format!("{scheme}://{}", rest.rsplit('@').next().unwrap_or_default()),
            None => path.to_owned(),
        };
        self.name.clone().unwrap_or_else(|| format!("{} {path}", self.method))
    }
}
