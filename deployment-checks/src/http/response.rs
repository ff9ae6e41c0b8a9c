//! What was answered.

use std::{fmt, time::Duration};

use bytes::Bytes;
use deployment_core::{Error, ErrorKind, Result};
use hyper::{HeaderMap, StatusCode};

use crate::secret::SafeUrl;

/// A whole answer. `Debug` shows the status, the headers' names and sizes: a peer may send a secret back.
#[derive(Clone)]
pub struct HttpResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) timing: Timing,
    pub(super) url: SafeUrl,
}

/// How long an answer took, from the call of `send`, redirects included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Until the last answer's status and headers were read.
    pub first_byte: Duration,
    /// Until its body was read and decompressed.
    pub total: Duration,
}

impl HttpResponse {
    /// The status; every status is an answer, also 500.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The first header of this name, if it is printable ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, decompressed.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as a text.
    ///
    /// # Errors
    /// If it is not UTF-8; the message says where, and repeats nothing of it.
    pub fn text(&self) -> Result<&str> {
        let fault = |error: std::str::Utf8Error| format!("the body is not UTF-8 from byte {} on", error.valid_up_to());
        std::str::from_utf8(&self.body).map_err(|error| Error::new(ErrorKind::Failed, "http", fault(error)).with("url", &self.url))
    }

    /// How long it took.
    #[must_use]
    pub fn timing(&self) -> Timing {
        self.timing
    }

    /// Who answered: another than was asked if redirects were followed.
    #[must_use]
    pub fn url(&self) -> &SafeUrl {
        &self.url
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.keys().map(hyper::header::HeaderName::as_str).collect();
        f.debug_struct("HttpResponse")
            .field("status", &self.status.as_u16())
            .field("url", &self.url)
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .field("timing", &self.timing)
            .finish()
    }
}
