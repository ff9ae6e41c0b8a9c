//! Text from outside in a message.

/// The most characters of an outside text that a message quotes.
const QUOTED: usize = 80;

/// Text from outside, fit for a message: in quotation marks, escaped, and cut after 80 characters.
///
/// ```
/// assert_eq!(deployment_checks::expect::quote("up\n\u{7}"), r#""up\n\u{7}""#);
/// ```
#[must_use]
pub fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// How values from outside get into a message: first what must not be seen is taken out, then they are quoted.
#[derive(Clone, Copy)]
pub(super) struct Quoter<'a>(pub(super) &'a dyn Fn(&str) -> String);

impl Quoter<'_> {
    pub(super) fn text(self, text: &str) -> String {
        quote(&(self.0)(text))
    }
}
