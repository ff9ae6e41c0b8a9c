//! What a text must be like.

use deployment_core::{Error, Result};
use regex_lite::Regex;

use super::{quote, quote::Quoter};

/// What a header or another text must be like.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TextRule {
    /// It is there.
    Present,
    /// It is not there.
    Absent,
    /// It is exactly this.
    Equals(String),
    /// It has this in it.
    Contains(String),
    /// It fits this pattern somewhere.
    Matches(Regex),
}

impl TextRule {
    /// It is exactly this.
    #[must_use]
    pub fn equals(text: impl Into<String>) -> Self {
        Self::Equals(text.into())
    }

    /// It has this in it.
    #[must_use]
    pub fn contains(text: impl Into<String>) -> Self {
        Self::Contains(text.into())
    }

    /// It fits this pattern somewhere; the syntax is that of the crate `regex-lite`, and matching takes linear time.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if the pattern is none.
    pub fn matches(pattern: &str) -> Result<Self> {
        regex(pattern).map(Self::Matches)
    }

    /// Why a text (`None`: there is none) will not do; `None` if it does.
    pub(crate) fn fault(&self, text: Option<&str>) -> Option<String> {
        self.unmet(text.map(std::borrow::Cow::Borrowed), Quoter(&str::to_owned))
    }

    /// Why none of these values will do; `None` if one does.
    pub(super) fn unmet<'a>(&self, values: impl IntoIterator<Item = std::borrow::Cow<'a, str>>, quoter: Quoter<'_>) -> Option<String> {
        let values: Vec<_> = values.into_iter().collect();
        let fits = |value: &str| match self {
            Self::Present => true,
            Self::Absent => false,
            Self::Equals(text) => value == text,
            Self::Contains(text) => value.contains(text),
            Self::Matches(pattern) => pattern.is_match(value),
        };
        let met = if matches!(self, Self::Absent) { values.is_empty() } else { values.iter().any(|value| fits(value)) };
        if met {
            return None;
        }
        let seen = values.iter().map(|value| quoter.text(value)).collect::<Vec<_>>().join(", ");
        let seen = if seen.is_empty() { "missing".into() } else { seen };
        Some(format!("is {seen}, it must {}", self.demand()))
    }

    pub(super) fn demand(&self) -> String {
        match self {
            Self::Present => "be there".into(),
            Self::Absent => "not be there".into(),
            Self::Equals(text) => format!("be {}", quote(text)),
            Self::Contains(text) => format!("contain {}", quote(text)),
            Self::Matches(pattern) => format!("match {}", quote(pattern.as_str())),
        }
    }
}

/// A pattern, or an error that says what is wrong with it.
pub(crate) fn regex(pattern: &str) -> Result<Regex> {
    Regex::new(pattern).map_err(|error| Error::invalid("pattern", format!("{pattern:?} is not a regular expression: {error}")))
}
