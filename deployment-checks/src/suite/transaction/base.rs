//! Where calls go: the base address, and what a request to it needs.

use deployment_core::{Error, ErrorKind, Result, TestRule, health::HealthContext};
use url::Url;

use super::scope::failed;
use crate::secret::SafeUrl;

/// An address, and the header that selects the candidate on it.
pub(super) struct Base {
    url: Url,
    pub(super) header: Option<(String, String)>,
}

impl Base {
    /// The address given, or else the candidate's preview endpoint.
    pub(super) fn of(given: Option<&SafeUrl>, context: &HealthContext) -> Result<Self> {
        if let Some(given) = given {
            return Ok(Self { url: given.whole().clone(), header: None });
        }
        let Some(endpoint) = &context.subject.endpoint else {
            let message = format!("target {} has no preview endpoint; give the transaction a base address", context.subject.target);
            return Err(Error::new(ErrorKind::Unsupported, "transaction", message));
        };
        let mut url = SafeUrl::parse(&endpoint.url)?.whole().clone();
        let mut header = None;
        match &endpoint.rule {
            Some(TestRule::Header { name, value }) => header = Some((name.clone(), value.clone())),
            Some(TestRule::Listener { port }) => {
                url.set_port(Some(*port)).map_err(|()| Error::invalid("endpoint", "its address cannot have a port"))?;
            }
            None => {}
        }
        Ok(Self { url, header })
    }

    /// A path on it: its own path stays in front.
    pub(super) fn path(&self, path: &str) -> Result<Url> {
        let mut base = self.url.clone();
        base.set_query(None);
        base.set_fragment(None);
        let joined = format!("{}{path}", base.as_str().trim_end_matches('/'));
        Url::parse(&joined).map_err(|error| Error::invalid("url", error))
    }

    /// Where a captured URL leads, if that is still here.
    pub(super) fn follow(&self, captured: &str) -> Result<Url> {
        let url = self.url.join(captured).map_err(|error| failed(format!("what was captured is no URL: {error}")))?;
        if self.is_at(&url) { Ok(url) } else { Err(failed("what was captured leads to another host, scheme or port")) }
    }

    pub(super) fn is_at(&self, url: &Url) -> bool {
        url.origin() == self.url.origin()
    }
}
