//! What is asked.

use std::{fmt, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use deployment_core::{Error, Result};
use hyper::{
    HeaderMap, Method,
    header::{
        AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING,
        UPGRADE,
    },
};

use crate::secret::{SafeUrl, Secret};

/// Headers that say how the message is framed and where it goes: the client's business.
const OWN: [HeaderName; 8] = [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, TE, TRAILER, UPGRADE, EXPECT];

/// A request; used again and again.
///
/// ```
/// use deployment_checks::{http::HttpRequest, secret::{SafeUrl, Secret}};
///
/// let url = SafeUrl::parse("https://backend/health?key=abc")?;
/// let request = HttpRequest::get(url).header("accept", "application/json")?.basic("ada", &Secret::new("hunter2"))?;
/// assert_eq!(format!("{request:?}"), "GET https://backend/health?key=[secret] with accept, authorization");
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Clone)]
pub struct HttpRequest {
    pub(super) method: Method,
    pub(super) url: SafeUrl,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) deadline: Option<Duration>,
}

impl HttpRequest {
    /// A request with `method`.
    #[must_use]
    pub fn new(method: Method, url: SafeUrl) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: Bytes::new(), deadline: None }
    }

    /// A `GET`.
    #[must_use]
    pub fn get(url: SafeUrl) -> Self {
        Self::new(Method::GET, url)
    }

    /// A `POST` of `body`, which is of the type `content_type`, such as `application/json`.
    ///
    /// # Errors
    /// If `content_type` is no header value.
    pub fn post(url: SafeUrl, content_type: &str, body: impl Into<Bytes>) -> Result<Self> {
        Self::new(Method::POST, url).body(body).header(CONTENT_TYPE.as_str(), content_type)
    }

    /// The same with `body`.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets a header. Its value is not shown; if it is a credential, use [`secret_header`](Self::secret_header), which says so.
    ///
    /// # Errors
    /// If `name` or `value` cannot be in a header (a line break), or the client sets this header itself (`host`, lengths, connection).
    pub fn header(self, name: &str, value: &str) -> Result<Self> {
        self.set(name, value)
    }

    /// Sets a header to a secret, such as `x-api-key`.
    ///
    /// # Errors
    /// As [`header`](Self::header); the message never has the value.
    pub fn secret_header(self, name: &str, value: &Secret) -> Result<Self> {
        self.set(name, value.expose())
    }

    /// Sends `token` as `Authorization: Bearer …`.
    ///
    /// # Errors
    /// If the token cannot be in a header.
    pub fn bearer(self, token: &Secret) -> Result<Self> {
        self.set(AUTHORIZATION.as_str(), &format!("Bearer {}", token.expose()))
    }

    /// Sends `user` and `password` as `Authorization: Basic …`, in UTF-8.
    ///
    /// # Errors
    /// If `user` has a colon in it, which basic authentication cannot say.
    pub fn basic(self, user: &str, password: &Secret) -> Result<Self> {
        if user.contains(':') {
            return Err(Error::invalid("user", "a colon cannot be in the user's name of basic authentication"));
        }
        self.set(AUTHORIZATION.as_str(), &format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose()))))
    }

    /// The time that this request may take in all, instead of the client's.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The same with another method.
    #[must_use]
    pub fn with_method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// The same to another place.
    #[must_use]
    pub fn to(mut self, url: SafeUrl) -> Self {
        self.url = url;
        self
    }

    /// Its method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Where it goes.
    #[must_use]
    pub fn url(&self) -> &SafeUrl {
        &self.url
    }

    /// Every value is marked as sensitive: whoever prints a header map prints none.
    fn set(mut self, name: &str, value: &str) -> Result<Self> {
        let invalid = |fault| Error::invalid("header", fault);
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| invalid("the name cannot be a header's; use letters, digits and dashes"))?;
        if OWN.contains(&key) {
            return Err(Error::invalid("header", format!("{key} is set by the client; leave it out")));
        }
        let fault = |_| Error::invalid("header", format!("the value of {key} has a line break or another control character in it"));
        let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(fault)?;
        value.set_sensitive(true);
        self.headers.insert(key, value);
        Ok(self)
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)?;
        for (i, name) in self.headers.keys().enumerate() {
            write!(f, "{}{name}", if i == 0 { " with " } else { ", " })?;
        }
        Ok(())
    }
}
