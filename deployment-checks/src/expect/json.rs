//! What a value of a JSON document must be like.

use std::cmp::Ordering;

use deployment_core::{Error, Result};
use regex_lite::Regex;
use serde_json::{Number, Value};

use super::{quote, quote::Quoter, text::regex};

/// What the value that a JSON pointer selects must be like.
///
/// Numbers compare by value: 1 and 1.0 are equal.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum JsonRule {
    /// It is there, `null` included.
    Exists,
    /// It is not there.
    Absent,
    /// It is this.
    Equals(Value),
    /// It is there and not this.
    NotEquals(Value),
    /// It is one of these.
    OneOf(Vec<Value>),
    /// A number, this or more.
    AtLeast(f64),
    /// A number, this or less.
    AtMost(f64),
    /// A text with this in it, or a list with this text as an element.
    Contains(String),
    /// A text that fits this pattern somewhere.
    Matches(Regex),
}

impl JsonRule {
    /// It is this.
    #[must_use]
    pub fn equals(value: impl Into<Value>) -> Self {
        Self::Equals(value.into())
    }

    /// It is there and not this.
    #[must_use]
    pub fn not_equals(value: impl Into<Value>) -> Self {
        Self::NotEquals(value.into())
    }

    /// It is one of these.
    #[must_use]
    pub fn one_of<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::OneOf(values.into_iter().map(Into::into).collect())
    }

    /// It has this in it.
    #[must_use]
    pub fn contains(text: impl Into<String>) -> Self {
        Self::Contains(text.into())
    }

    /// A text that fits this pattern somewhere; the syntax is that of the crate `regex-lite`.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if the pattern is none.
    pub fn matches(pattern: &str) -> Result<Self> {
        regex(pattern).map(Self::Matches)
    }

    /// Why the value will not do; `None` if it does.
    pub(super) fn unmet(&self, value: Option<&Value>, quoter: Quoter<'_>) -> Option<String> {
        let met = match (self, value) {
            (Self::Absent, value) => value.is_none(),
            (_, None) => false,
            (Self::Exists, Some(_)) => true,
            (Self::Equals(wanted), Some(value)) => same(wanted, value),
            (Self::NotEquals(unwanted), Some(value)) => !same(unwanted, value),
            (Self::OneOf(wanted), Some(value)) => wanted.iter().any(|wanted| same(wanted, value)),
            (Self::AtLeast(limit), Some(value)) => value.as_f64().is_some_and(|value| value >= *limit),
            (Self::AtMost(limit), Some(value)) => value.as_f64().is_some_and(|value| value <= *limit),
            (Self::Contains(text), Some(Value::String(value))) => value.contains(text),
            (Self::Contains(text), Some(Value::Array(values))) => values.iter().any(|value| value.as_str() == Some(text)),
            (Self::Matches(pattern), Some(Value::String(value))) => pattern.is_match(value),
            (Self::Contains(_) | Self::Matches(_), Some(_)) => false,
        };
        (!met).then(|| format!("is {}, it must {}", value.map_or_else(|| "missing".into(), |value| shown(value, quoter)), self.demand()))
    }

    pub(super) fn demand(&self) -> String {
        let shown = |value: &Value| shown(value, Quoter(&str::to_owned));
        match self {
            Self::Exists => "be there".into(),
            Self::Absent => "not be there".into(),
            Self::Equals(value) => format!("be {}", shown(value)),
            Self::NotEquals(value) => format!("not be {}", shown(value)),
            Self::OneOf(values) => format!("be one of {}", values.iter().map(shown).collect::<Vec<_>>().join(", ")),
            Self::AtLeast(limit) => format!("be a number of at least {limit}"),
            Self::AtMost(limit) => format!("be a number of at most {limit}"),
            Self::Contains(text) => format!("contain {}", quote(text)),
            Self::Matches(pattern) => format!("match {}", quote(pattern.as_str())),
        }
    }
}

/// A value for a message: a text is quoted, a list or an object is told by its size only.
fn shown(value: &Value, quoter: Quoter<'_>) -> String {
    match value {
        Value::String(text) => quoter.text(text),
        Value::Array(values) => format!("a list of {}", values.len()),
        Value::Object(fields) => format!("an object of {} fields", fields.len()),
        plain => (quoter.0)(&plain.to_string()),
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b))),
        (a, b) => a == b,
    }
}

/// Whole numbers exactly, others as floating point.
fn same_number(a: &Number, b: &Number) -> bool {
    if a == b {
        return true;
    }
    let whole = |number: &Number| number.is_i64() || number.is_u64();
    if whole(a) && whole(b) {
        return false;
    }
    matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a.partial_cmp(&b) == Some(Ordering::Equal))
}

/// Whether a text is a JSON pointer (RFC 6901): empty, or `/name/0`.
///
/// # Errors
/// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if it is none, with the fix.
pub fn check_pointer(pointer: &str) -> Result<()> {
    let escapes = pointer.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if !escapes {
        return Err(Error::invalid("pointer", format!("{pointer:?} has a lone ~; write ~0 for ~ and ~1 for /")));
    }
    if pointer.is_empty() || pointer.starts_with('/') {
        return Ok(());
    }
    Err(Error::invalid("pointer", format!("{pointer:?} is not a JSON pointer; write {:?}", format!("/{}", pointer.replace('.', "/")))))
}
