//! Where the documents are.

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use deployment_core::{Error, ErrorKind, Result, metric::MetricContext};
use serde_json::Value;

use super::{Fields, JsonBuilder, JsonNumber, JsonSource, url::UrlTemplate};
use crate::{expect::check_pointer, http::HttpClient, metric::access::Access, secret::Secret};

/// Where JSON documents about windows of time are. Cheap to clone.
#[derive(Clone)]
pub struct JsonEndpoint(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) client: HttpClient,
    pub(super) url: UrlTemplate,
    pub(super) access: Access,
    pub(super) query: Vec<(String, Secret)>,
    pub(super) absent: BTreeSet<u16>,
    pub(super) lag: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Revision,
    Service,
}

/// A document, or why there is none.
pub(super) enum Document {
    There(Value),
    Absent(String),
}

impl JsonEndpoint {
    /// Begins with the URL of the documents. Its path and query may have `$revision`, `$target`, `$service`, `$environment`, and the
    /// window's ends: `$from`, `$to` (RFC 3339), `$from_ms`, `$to_ms`, `$from_s`, `$to_s` (since the epoch). Values are encoded; `$$` is
    /// a dollar sign.
    ///
    /// # Errors
    /// As [`SafeUrl::parse`](crate::secret::SafeUrl::parse), and if a variable is unknown or in the host.
    pub fn builder(url: &str) -> Result<JsonBuilder> {
        UrlTemplate::parse(url).map(JsonBuilder::new)
    }

    /// Measures revisions by these fields.
    #[must_use]
    pub fn source(&self, fields: Fields) -> JsonSource {
        JsonSource::new(self.clone(), fields)
    }

    /// Tells the number at this JSON pointer.
    ///
    /// # Errors
    /// If it is no JSON pointer.
    pub fn number(&self, pointer: &str) -> Result<JsonNumber> {
        check_pointer(pointer)?;
        Ok(JsonNumber::new(self.clone(), pointer.to_owned()))
    }

    pub(super) async fn get(&self, context: &MetricContext) -> Result<Document> {
        if context.window.to > context.deployment.now {
            return Ok(Document::Absent("the window is not over".into()));
        }
        let shared = &self.0;
        let url = shared.url.render(context)?;
        let url = shared.query.iter().fold(url, |url, (name, value)| url.with_query(name, value));
        let response = shared.client.send(&shared.access.request(url)?).await?;
        let status = response.status().as_u16();
        if shared.absent.contains(&status) {
            return Ok(Document::Absent(format!("status {status}")));
        }
        let fail = |kind, message: String| Err(Error::new(kind, "json metrics", message).with("url", response.url()));
        match status {
            200..=299 => {}
            401 | 403 => return fail(ErrorKind::Unauthorized, format!("status {status}; check the credentials")),
            429 => return fail(ErrorKind::RateLimited, "status 429: fewer questions are asked for".into()),
            408 | 500..=599 => return fail(ErrorKind::Unreachable, format!("status {status}")),
            _ => return fail(ErrorKind::Failed, format!("status {status}; is the URL right?")),
        }
        match serde_json::from_slice(response.body()) {
            Ok(Value::Null) => Ok(Document::Absent("the document is null".into())),
            Ok(document) => Ok(Document::There(document)),
            Err(error) => fail(ErrorKind::Failed, format!("the document is no JSON at line {}, column {}", error.line(), error.column())),
        }
    }
}

impl fmt::Debug for JsonEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonEndpoint").field(self.0.url.shown()).finish()
    }
}
