//! What every [`Journal`] must do: a check per rule.

mod beside;
mod chain;
mod lease;
mod race;
mod subject;

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::{journal::Journal, testkit::Violation};

/// What a check has found: nothing, or what was seen instead of what must be.
type Checked = Result<(), subject::Broken>;

/// A rule, and the check of it.
type Rule = (&'static str, fn(Arc<dyn Journal>) -> BoxFuture<'static, Checked>);

/// Checks the whole [`Journal`] contract but for what only the implementer can bring about: power cuts, damage and a failing store.
///
/// `make` gives a journal for each check. It may be the same store every time, with other deployments in it: every check uses ids of its own.
///
/// ```
/// use std::sync::Arc;
/// use deployment_core::{journal::MemoryJournal, testkit};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let violations = testkit::conformance::journal(|| Arc::new(MemoryJournal::new())).await;
/// testkit::assert_none(&violations);
/// # }
/// ```
pub async fn journal(make: impl Fn() -> Arc<dyn Journal>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (rule, check) in rules() {
        if let Err(broken) = check(make()).await {
            violations.push(Violation::new(rule, broken.to_string()));
        }
    }
    violations
}

/// The rules that [`journal`] checks, in order.
#[must_use]
pub fn journal_rules() -> Vec<&'static str> {
    rules().map(|(rule, _)| rule).collect()
}

fn rules() -> impl Iterator<Item = Rule> {
    [chain::RULES, lease::RULES, race::RULES, beside::RULES].into_iter().flatten().copied()
}
