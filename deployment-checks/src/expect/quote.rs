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
