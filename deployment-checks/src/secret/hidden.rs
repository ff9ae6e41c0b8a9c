//! What must not be seen of a text from outside.

use std::fmt;

use super::value::HIDDEN;

/// In bytes. Shorter parts of a path are words like `v1`.
#[cfg(feature = "http")]
const SHORTEST_TOKEN: usize = 8;

/// Secrets that a peer was told and might send back, in the forms in which it could.
#[derive(Clone, Default)]
pub(crate) struct Hidden(Vec<String>);

impl Hidden {
    /// One more: as it is, as JSON has it (some write `\/`), and as a URL has it.
    pub(crate) fn add(&mut self, secret: &str) {
        let json = serde_json::to_string(secret).unwrap_or_default();
        let json = json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned();
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for form in [secret.to_owned(), json.replace('/', "\\/"), json, form.replace('+', "%20"), form] {
            if !form.is_empty() && !self.0.contains(&form) {
                self.0.push(form);
            }
        }
        // The longest first: one may be a part of another.
        self.0.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// The path of a URL that is a secret, with or without the slashes around it, and each part of it that is long enough to be a token.
    #[cfg(feature = "http")]
    pub(crate) fn add_path(&mut self, path: &str) {
        use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
        let inner = path.trim_matches('/');
        for part in std::iter::once(inner).chain(inner.split('/').filter(|part| part.len() >= SHORTEST_TOKEN)) {
            let meant = percent_decode_str(part).decode_utf8_lossy();
            for form in [part, &meant] {
                self.add(form);
                self.add(&utf8_percent_encode(form, NON_ALPHANUMERIC).to_string());
            }
        }
    }

    /// The text without them.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
    }
}

impl<'a> FromIterator<&'a str> for Hidden {
    fn from_iter<I: IntoIterator<Item = &'a str>>(secrets: I) -> Self {
        let mut hidden = Self::default();
        secrets.into_iter().for_each(|secret| hidden.add(secret));
        hidden
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}
