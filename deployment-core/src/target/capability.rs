//! What a target can do.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::share::TestRule;

/// One thing that a target can do, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Capability {
    /// Run a second revision beside the one that serves.
    Launch,
    /// Switch all traffic from one revision to another at once.
    Switch,
    /// Split traffic between two revisions in any proportion.
    Split,
    /// Route test requests that a header tells to a revision without production traffic.
    TestRoute,
    /// Route the requests of a test listener's own port to such a revision.
    TestListener,
    /// Change the number of instances of a revision.
    Scale,
    /// Replace what runs in a rollout of the platform's own.
    Replace,
    /// Stop such a rollout.
    Stop,
}

impl Capability {
    /// What a target must be able to do for this rule.
    #[must_use]
    pub fn of_test(rule: &TestRule) -> Self {
        match rule {
            TestRule::Header { .. } => Self::TestRoute,
            TestRule::Listener { .. } => Self::TestListener,
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Launch => "run two revisions side by side (launch)",
            Self::Switch => "switch traffic between revisions (switch)",
            Self::Split => "split traffic in any proportion (split)",
            Self::TestRoute => "route test requests with a header to one revision (test_route)",
            Self::TestListener => "route a test listener's requests to one revision (test_listener)",
            Self::Scale => "change a revision's number of instances (scale)",
            Self::Replace => "replace what runs by itself (replace)",
            Self::Stop => "stop its own rollout (stop)",
        })
    }
}

/// A set of capabilities.
///
/// ```
/// use deployment_core::target::{Capabilities, Capability};
///
/// let can = Capabilities::of([Capability::Launch, Capability::Switch]);
/// let missing = can.missing(&Capabilities::of([Capability::Launch, Capability::Split]));
/// assert_eq!(missing, [Capability::Split]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capabilities(BTreeSet<Capability>);

impl Capabilities {
    /// These capabilities and no others.
    #[must_use]
    pub fn of(capabilities: impl IntoIterator<Item = Capability>) -> Self {
        Self(capabilities.into_iter().collect())
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        self.0.contains(&capability)
    }

    /// What of `needed` is not among them.
    #[must_use]
    pub fn missing(&self, needed: &Self) -> Vec<Capability> {
        needed.0.difference(&self.0).copied().collect()
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, more: impl IntoIterator<Item = Capability>) -> Self {
        self.0.extend(more);
        self
    }
}
