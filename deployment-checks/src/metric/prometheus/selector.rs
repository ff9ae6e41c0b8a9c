//! Selectors of counters: the one form of PromQL whose raw samples can be asked for.

use std::time::Duration;

use deployment_core::{Error, Result, metric::MetricContext};

use super::promql::{Expression, duration};

/// A metric's name, label matchers in braces, or both: what may stand before `[5m]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector(Expression);

impl Selector {
    /// # Errors
    /// If it is anything else than a selector, or a variable is used wrongly.
    pub(super) fn parse(field: &'static str, text: &str) -> Result<Self> {
        let expression = Expression::parse(field, text)?;
        match fault(expression.text()) {
            None => Ok(Self(expression)),
            Some(fault) => Err(Error::invalid(
                field,
                format!("{fault}; give the counter itself, such as http_requests_total{{revision=\"$revision\"}}, in {text}"),
            )),
        }
    }

    /// The same with more matchers, such as `code=~"5.."`.
    ///
    /// # Errors
    /// If these are no matchers.
    pub(super) fn narrowed(&self, field: &'static str, matchers: &str) -> Result<Self> {
        let text = self.text();
        let (open, matchers) = (text.trim_end().strip_suffix('}').map(str::trim_end), matchers.trim().trim_end_matches(','));
        if labels(matchers).is_empty() {
            return Err(Error::invalid(field, format!("{matchers:?} has no matcher; write one such as code=~\"5..\"")));
        }
        Self::parse(
            field,
            &match open {
                None => format!("{text}{{{matchers}}}"),
                Some(open) if open.ends_with(['{', ',']) => format!("{open}{matchers}}}"),
                Some(open) => format!("{open},{matchers}}}"),
            },
        )
    }

    pub(super) fn text(&self) -> &str {
        self.0.text()
    }

    pub(super) fn has(&self, variable: &str) -> bool {
        self.0.has(variable)
    }

    /// Asks for the samples of the last `range`.
    pub(super) fn samples(&self, context: &MetricContext, range: Duration) -> String {
        format!("{}[{}]", self.0.render(context), duration(range))
    }
}

/// What is outside of strings, with a `"` for each string.
fn bare(text: &str) -> String {
    let (mut bare, mut quote, mut escaping) = (String::new(), None, false);
    for c in text.chars() {
        match quote {
            Some(_) if escaping => escaping = false,
            Some(open) if c == '\\' && open != '`' => escaping = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'' | '`') => {
                quote = Some(c);
                bare.push('"');
            }
            None => bare.push(c),
        }
    }
    bare
}

fn fault(text: &str) -> Option<&'static str> {
    let bare = bare(text);
    let (name, matchers) = match bare.split_once('{') {
        Some((name, rest)) => (name.trim_end(), Some(rest)),
        None => (bare.as_str(), None),
    };
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':')) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Some("a function, an operator or a range is in it");
    }
    match matchers {
        None => None,
        Some(rest) if rest.matches('}').count() == 1 && rest.ends_with('}') && !rest.contains('{') => None,
        Some(_) => Some("the braces do not end it"),
    }
}

/// The labels that `matchers` look at.
pub(super) fn labels(matchers: &str) -> Vec<String> {
    let label = |matcher: &str| matcher.split(['=', '!']).next().map(|name| name.trim().to_owned());
    bare(matchers).split(',').filter_map(label).filter(|name| !name.is_empty() && !name.contains('"')).collect()
}
