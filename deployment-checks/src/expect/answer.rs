//! An answer to look at.

use std::{borrow::Cow, time::Duration};

use http::HeaderMap;

/// An HTTP answer, as far as an assertion looks at it. Whoever has sent the request fills it in.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, decompressed and capped by the client.
    pub body: &'a [u8],
    /// From the request's first byte to the body's last.
    pub latency: Duration,
}

impl<'a> Answer<'a> {
    /// The values of a header, in order; bytes that are not UTF-8 are replaced.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = Cow<'a, str>> {
        self.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.body)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// A sentence, if it is not JSON.
    pub fn json(&self) -> Result<serde_json::Value, String> {
        // The parser's message names a position only, never content.
        serde_json::from_slice(self.body).map_err(|error| format!("the body is not JSON: {error}"))
    }
}
