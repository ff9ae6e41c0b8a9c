//! What a check has found.

use std::fmt;

/// A rule that was broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule, in short.
    pub rule: &'static str,
    /// What was seen.
    pub detail: String,
}

impl Violation {
    pub(super) fn new(rule: &'static str, detail: impl Into<String>) -> Self {
        Self { rule, detail: detail.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.detail)
    }
}

/// Asserts that nothing was found.
///
/// # Panics
/// If something was, with all of it.
#[track_caller]
pub fn assert_none(violations: &[Violation]) {
    let all: Vec<_> = violations.iter().map(|violation| format!("\n  - {violation}")).collect();
    assert!(all.is_empty(), "{} rules are broken:{}", all.len(), all.concat());
}
