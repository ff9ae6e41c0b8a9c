//! The cookies of one run.

use cookie_store::{CookieStore, RawCookie};
use url::Url;

use super::{Cookies, scope::Scope};
use crate::expect::Answer;

/// Cookies by the rules of RFC 6265 (path, `Secure`, expiry), but none for a domain above the host that set it.
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

/// The cookie that `set` asks for. One for more than the host that answered is kept for that host alone: hosts under `co.uk` are strangers
/// to each other, and which domains are so is a list that changes. One for a whole top-level domain is left out, unless that is the very host
/// (`localhost`).
fn read<'a>(set: &'a str, url: &Url) -> Option<RawCookie<'a>> {
    let mut cookie = RawCookie::parse(set).ok()?;
    let Some(domain) = cookie.domain().map(|domain| domain.trim_matches('.').to_ascii_lowercase()) else { return Some(cookie) };
    let host = url.host_str()?;
    let within = |parent: &str| host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'));
    match (domain == host, domain.contains('.')) {
        (true, true) => {}
        (false, true) if !within(&domain) => return None,
        (true, false) | (false, true) => cookie.unset_domain(),
        (false, false) => return None,
    }
    Some(cookie)
}
