//! A URL that can be logged.

use std::{fmt, str::FromStr, sync::Arc};

use deployment_core::{Error, Result};
use url::{Host, Url};

use super::{Secret, value::HIDDEN};

/// An `http` or `https` URL whose query values are hidden wherever it is shown.
///
/// - A user or password in it is refused: credentials are given as a [`Secret`] beside the URL.
/// - Every query value is shown as `[secret]`, and so is a query without a name; names are shown.
/// - A fragment is dropped: it is never sent.
/// - The host is in its canonical form: `0x7f.1` and `１２７.0.0.1` (full-width digits) are `127.0.0.1`.
///
/// ```
/// use deployment_checks::secret::SafeUrl;
///
/// let url = SafeUrl::parse("http://backend:8080/ready?token=abc&verbose=1")?;
/// assert_eq!(url.to_string(), "http://backend:8080/ready?token=[secret]&verbose=[secret]");
///
/// let error = SafeUrl::parse("https://ada:abc@backend/").unwrap_err();
/// assert!(!error.to_string().contains("abc"));
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SafeUrl {
    url: Arc<Url>,
    origin_only: bool,
}

impl SafeUrl {
    /// The URL in `text`.
    ///
    /// # Errors
    /// If it is no absolute `http` or `https` URL with a host, or has a user or password in it. The message never repeats `text`.
    pub fn parse(text: &str) -> Result<Self> {
        let url = Url::parse(text).map_err(|error| Error::invalid("url", format!("{error}; write it as https://host/path")))?;
        Self::checked(url, false)
    }

    /// A URL that is a secret itself, such as a webhook with its token in the path: only scheme, host and port are ever shown.
    ///
    /// # Errors
    /// As [`SafeUrl::parse`].
    pub fn from_secret(text: &Secret) -> Result<Self> {
        let url = Self::parse(text.expose())?;
        Ok(Self { origin_only: true, ..url })
    }

    /// This URL with another query value: `name` is shown, `value` is not.
    #[must_use]
    pub fn with_query(&self, name: &str, value: &Secret) -> Self {
        let mut url = Url::clone(&self.url);
        url.query_pairs_mut().append_pair(name, value.expose());
        Self { url: Arc::new(url), origin_only: self.origin_only }
    }

    /// Where `reference` leads from here: what a redirect does.
    ///
    /// # Errors
    /// As [`SafeUrl::parse`].
    pub fn join(&self, reference: &str) -> Result<Self> {
        let url = self.url.join(reference).map_err(|error| Error::invalid("url", error))?;
        Self::checked(url, self.origin_only)
    }

    fn checked(mut url: Url, origin_only: bool) -> Result<Self> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::invalid("url", "only http and https are spoken; begin it with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::invalid("url", "a user or password is in it; take it out and give it as a secret (basic authentication)"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(Error::invalid("url", "the host is missing; write it as https://host/path"));
        }
        url.set_fragment(None);
        Ok(Self { url: Arc::new(url), origin_only })
    }

    /// Whether it is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The host: a name in lower case and punycode, an IPv4 address, or an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> String {
        match self.url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => String::new(),
        }
    }

    /// The port, also if it is the scheme's own (80, 443).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// Whether both have the same scheme, host and port, so that one's credentials may go to the other.
    #[must_use]
    pub fn same_origin(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }

    /// Scheme, host and port: what connections are kept by.
    #[cfg(feature = "http")]
    pub(crate) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// All of it: **not hidden**.
    #[cfg(feature = "http")]
    pub(crate) fn whole(&self) -> &Url {
        &self.url
    }

    /// Host and port as the `Host` header has them, and the path with the query as the request line has it: **not hidden**.
    #[cfg(feature = "http")]
    pub(crate) fn expose(&self) -> (&str, &str) {
        use url::Position;
        (&self.url[Position::BeforeHost..Position::AfterPort], &self.url[Position::BeforePath..Position::AfterQuery])
    }
}

impl fmt::Display for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.url.origin().ascii_serialization();
        if self.origin_only {
            return write!(f, "{origin}/{HIDDEN}");
        }
        write!(f, "{origin}{}", self.url.path())?;
        for (i, pair) in self.url.query().into_iter().flat_map(|query| query.split('&')).enumerate() {
            f.write_str(if i == 0 { "?" } else { "&" })?;
            match pair.split_once('=') {
                Some((name, _)) => write!(f, "{name}={HIDDEN}")?,
                None => f.write_str(HIDDEN)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SafeUrl({self})")
    }
}

impl FromStr for SafeUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}
