//! The cookies of one run.

use cookie_store::{CookieStore, RawCookie};
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
            if read(&set, url).is_some_and(|cookie| store.insert_raw(&cookie, url).is_ok()) {
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

/// The cookie that `set` asks for. One for a whole top-level domain, such as `com`, would go to strangers: there is none, unless that is
/// the very host that answered (`localhost`), which then gets it alone.
fn read<'a>(set: &'a str, url: &Url) -> Option<RawCookie<'a>> {
    let mut cookie = RawCookie::parse(set).ok()?;
    let bare = cookie.domain().map(|domain| domain.trim_matches('.')).filter(|domain| !domain.contains('.'));
    match bare.map(|domain| url.host_str().is_some_and(|host| host.eq_ignore_ascii_case(domain))) {
        None => {}
        Some(true) => cookie.unset_domain(),
        Some(false) => return None,
    }
    Some(cookie)
}
