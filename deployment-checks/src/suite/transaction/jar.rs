//! The cookies of one run.

use cookie_store::CookieStore;
use url::Url;

use super::{Cookies, scope::Scope};
use crate::expect::Answer;

/// Cookies by the rules of RFC 6265: domain, path, `Secure` and expiry.
pub(super) struct Jar(Option<CookieStore>);

impl Jar {
    pub(super) fn new(cookies: Cookies) -> Self {
        Self((cookies == Cookies::Shared).then(CookieStore::default))
    }

    /// Keeps what an answer sets. A cookie that breaks the rules is left out, as a browser would.
    pub(super) fn keep(&mut self, answer: &Answer<'_>, url: &Url, scope: &mut Scope) {
        let Some(store) = &mut self.0 else { return };
        for set in answer.header_values("set-cookie") {
            if store.parse(&set, url).is_ok() {
                let pair = set.split(';').next().unwrap_or_default();
                scope.conceal(pair.split_once('=').map_or("", |(_, value)| value.trim()));
            }
        }
    }

    /// The `Cookie` header of a request.
    pub(super) fn header(&self, url: &Url) -> Option<String> {
        let pairs: Vec<_> = self.0.as_ref()?.get_request_values(url).map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}
