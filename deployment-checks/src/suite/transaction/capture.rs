//! Taking values out of answers.

use std::fmt;

use deployment_core::Result;
use regex_lite::Regex;
use serde_json::Value;

use crate::expect::{Answer, check_pointer, regex};

/// Where a value is taken from, for later calls.
///
/// What is captured is a secret, and shown nowhere, unless it is [`shown`](Capture::shown).
#[derive(Debug, Clone)]
pub struct Capture {
    from: From,
    pub(super) shown: bool,
}

#[derive(Debug, Clone)]
enum From {
    Json(String),
    Header(String, Option<Regex>),
    Body(Regex),
    Cookie(String),
}

impl Capture {
    /// The value at a JSON pointer of the body; a number stays a number when it alone fills a place in a JSON body.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if `pointer` is none.
    pub fn json(pointer: &str) -> Result<Self> {
        check_pointer(pointer)?;
        Ok(Self::of(From::Json(pointer.to_owned())))
    }

    /// The first value of a header.
    #[must_use]
    pub fn header(name: &str) -> Self {
        Self::of(From::Header(name.to_owned(), None))
    }

    /// The pattern's first group (the whole match if it has none) in the first value of a header that fits.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if `pattern` is none.
    pub fn header_part(name: &str, pattern: &str) -> Result<Self> {
        Ok(Self::of(From::Header(name.to_owned(), Some(regex(pattern)?))))
    }

    /// The pattern's first group (the whole match if it has none) in the body.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if `pattern` is none.
    pub fn body(pattern: &str) -> Result<Self> {
        Ok(Self::of(From::Body(regex(pattern)?)))
    }

    /// The value of a cookie that the answer sets.
    #[must_use]
    pub fn cookie(name: &str) -> Self {
        Self::of(From::Cookie(name.to_owned()))
    }

    /// It is no secret: messages may show it.
    #[must_use]
    pub fn shown(mut self) -> Self {
        self.shown = true;
        self
    }

    fn of(from: From) -> Self {
        Self { from, shown: false }
    }

    /// The value; `None` if it is not there.
    pub(super) fn take(&self, answer: &Answer<'_>) -> Option<Value> {
        match &self.from {
            From::Json(pointer) => answer.json().ok()?.pointer_mut(pointer).map(Value::take).filter(|value| !value.is_null()),
            From::Header(name, None) => answer.header_values(name).next().map(|value| value.into_owned().into()),
            From::Header(name, Some(pattern)) => answer.header_values(name).find_map(|value| part(pattern, &value)),
            From::Body(pattern) => part(pattern, &answer.text()),
            From::Cookie(name) => answer.header_values("set-cookie").find_map(|set| {
                let (cookie, value) = set.split(';').next()?.split_once('=')?;
                (cookie.trim() == name).then(|| value.trim().trim_matches('"').into())
            }),
        }
    }
}

fn part(pattern: &Regex, text: &str) -> Option<Value> {
    let captures = pattern.captures(text)?;
    captures.get(1).or_else(|| captures.get(0)).map(|found| found.as_str().into())
}

impl fmt::Display for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.from {
            From::Json(pointer) => write!(f, "{pointer} of the body"),
            From::Header(name, None) => write!(f, "header {name}"),
            From::Header(name, Some(pattern)) => write!(f, "{:?} in header {name}", pattern.as_str()),
            From::Body(pattern) => write!(f, "{:?} in the body", pattern.as_str()),
            From::Cookie(name) => write!(f, "cookie {name}"),
        }
    }
}
