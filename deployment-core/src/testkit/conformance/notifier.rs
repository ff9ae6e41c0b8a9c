//! Whether a notifier keeps its contract.

use super::findings::Findings;
use crate::{
    engine::Record,
    id::DeploymentId,
    journal::Entry,
    notify::{Event, Notifier},
    testkit::{Violation, sample},
};

/// Delivers three events in order, and the second one again, as after a crash: all are taken.
///
/// Whether what was delivered again arrives once is for the implementer's own test to see at the other end: the key is the same.
///
/// ```
/// use deployment_core::testkit::{assert_none, conformance, fake::FakeNotifier};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let notifier = FakeNotifier::new();
/// assert_none(&conformance::notifier::check(&notifier).await);
/// let keys: Vec<_> = notifier.events().into_iter().map(|event| event.key).collect();
/// assert_eq!(keys, ["sample/0", "sample/1", "sample/1", "sample/2"]);
/// # }
/// ```
pub async fn check(notifier: &dyn Notifier) -> Vec<Violation> {
    let mut findings = Findings::default();
    findings.description(|| notifier.describe());
    for (sequence, rule) in [(0, "notify"), (1, "notify"), (1, "notify can be repeated"), (2, "notify")] {
        findings.ok(rule, notifier.notify(&event(sequence)).await);
    }
    findings.all()
}

fn event(sequence: u64) -> Event {
    let record = Record::Parked { reason: format!("conformance event {sequence}") };
    Event::of(&DeploymentId::made("sample"), &Entry { sequence, epoch: 1, at: sample::NOON, record })
}
