//! Who gets which requests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The whole of a split, in basis points.
pub const WHOLE: u32 = 10_000;

/// Who gets which requests of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routes {
    /// Basis points per revision; sums to 10 000, or is empty and nothing is served.
    pub split: BTreeMap<String, u32>,
    /// Requests that go to a revision whatever the split is. The first that matches counts.
    #[serde(default)]
    pub tests: Vec<TestRule>,
}

/// Sends requests with this header and value to a revision, so that it can be tested before it has traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRule {
    /// The header's name.
    pub header: String,
    /// The value that selects.
    pub value: String,
    /// The revision that is selected.
    pub revision: String,
}

impl Routes {
    /// Everything to one revision.
    #[must_use]
    pub fn all_to(revision: &str) -> Self {
        Self::split([(revision, WHOLE)])
    }

    /// A split without test rules; shares in basis points.
    #[must_use]
    pub fn split<'a>(shares: impl IntoIterator<Item = (&'a str, u32)>) -> Self {
        let split = shares.into_iter().map(|(revision, share)| (revision.to_owned(), share)).collect();
        Self { split, tests: Vec::new() }
    }

    /// A revision's share in basis points.
    #[must_use]
    pub fn share(&self, revision: &str) -> u32 {
        self.split.get(revision).copied().unwrap_or(0)
    }

    /// Whether any request can reach the revision by these routes.
    #[must_use]
    pub fn reach(&self, revision: &str) -> bool {
        self.share(revision) > 0 || self.tests.iter().any(|rule| rule.revision == revision)
    }
}
