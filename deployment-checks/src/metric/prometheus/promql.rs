//! Templates of PromQL whose values cannot leave the string that they stand in.

use std::time::Duration;

use deployment_core::{Error, Result, metric::MetricContext};

use crate::metric::template::{NAMES, Seen, Template, check_known, named};

const WINDOW: &str = "window";

/// Where a variable stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Outside of strings: a duration.
    Bare,
    /// In a string of PromQL.
    Text,
    /// In a string that is matched as a regular expression.
    Pattern,
}

/// An expression of PromQL with variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression(Template<Place>);

impl Expression {
    /// # Errors
    /// If it is empty, a string is not closed, or a variable is unknown or stands where its value would not be safe.
    pub(super) fn parse(field: &'static str, text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Err(Error::invalid(field, "is empty; give a query"));
        }
        let mut scanner = Scanner::default();
        Template::parse(field, text.trim(), |seen| scanner.take(seen)).map(Self)
    }

    pub(super) fn text(&self) -> &str {
        self.0.text()
    }

    pub(super) fn has(&self, variable: &str) -> bool {
        self.0.variables().contains(variable)
    }

    pub(super) fn render(&self, context: &MetricContext) -> String {
        self.0.render(|name, place| {
            let Some(value) = named(name, context) else { return duration(context.window.length()) };
            if place == Place::Pattern { escaped(&quoted_pattern(value)) } else { escaped(value) }
        })
    }
}

/// A duration of PromQL.
pub(super) fn duration(duration: Duration) -> String {
    format!("{}ms", duration.as_millis().max(1))
}

/// As it stands within `"…"` or `'…'`. The values are printable ASCII.
fn escaped(value: &str) -> String {
    let mut text = String::new();
    for c in value.chars() {
        match c {
            '\\' | '"' | '\'' => text.push_str(&format!("\\x{:02x}", u32::from(c))),
            plain => text.push(plain),
        }
    }
    text
}

/// As a regular expression (RE2) that matches just this.
fn quoted_pattern(value: &str) -> String {
    let mut pattern = String::new();
    for c in value.chars() {
        if c.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// Knows what is a string and what is not.
#[derive(Debug, Default)]
struct Scanner {
    quote: Option<char>,
    escaping: bool,
    /// Outside of strings: the last two characters that are no blanks.
    before: (char, char),
}

impl Scanner {
    fn take(&mut self, seen: Seen<'_>) -> Result<Place, String> {
        match seen {
            Seen::Plain(c) => self.plain(c),
            Seen::Variable(name) => self.variable(name),
            Seen::End if self.quote.is_some() => Err("a string is not closed".into()),
            Seen::End => Ok(Place::Bare),
        }
    }

    fn plain(&mut self, c: char) -> Result<Place, String> {
        match self.quote {
            Some(_) if self.escaping => self.escaping = false,
            Some(quote) if c == '\\' && quote != '`' => self.escaping = true,
            Some(quote) if c == quote => {
                self.quote = None;
                self.before = (' ', ' ');
            }
            Some(_) => {}
            None if c == '#' => return Err("a comment is in it; take it out".into()),
            None if matches!(c, '"' | '\'' | '`') => self.quote = Some(c),
            None if !c.is_whitespace() => self.before = (self.before.1, c),
            None => {}
        }
        Ok(Place::Bare)
    }

    fn variable(&mut self, name: &str) -> Result<Place, String> {
        match self.quote {
            None if name == WINDOW => Ok(Place::Bare),
            None if NAMES.contains(&name) => Err(format!("${name} must stand in a string: \"${name}\"")),
            None => check_known(name, &[WINDOW]).map(|()| Place::Bare),
            Some('`') => Err(format!("${name} stands in `…`, where nothing can be escaped; write \"…\"")),
            Some(_) if self.escaping => Err(format!("a backslash stands before ${name}; take it out")),
            Some(_) => {
                check_known(name, &NAMES)?;
                Ok(if matches!(self.before, ('=' | '!', '~')) { Place::Pattern } else { Place::Text })
            }
        }
    }
}
