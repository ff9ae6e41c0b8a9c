//! Whether an action keeps its contract.

use serde_json::Value;

use super::findings::Findings;
use crate::{
    action::{Action, ActionStatus},
    error::{ErrorKind, Result, Status},
    testkit::{Violation, sample},
};

/// The most that a before-image may be, in bytes.
const BEFORE_IMAGE: usize = 64 * 1024;

/// Prepares, applies and undoes an action, each more than once. Its effect must be one that may be played with, and not there yet.
///
/// ```
/// use deployment_core::testkit::{assert_none, conformance, fake::FakeAction};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// assert_none(&conformance::action::check(&FakeAction::named("flag")).await);
/// # }
/// ```
pub async fn check(action: &dyn Action) -> Vec<Violation> {
    let mut findings = Findings::default();
    findings.description(|| action.describe());
    let question = sample::deployment(sample::NOON);
    let once = findings.ok("prepare", action.prepare(&question).await);
    let again = findings.ok("prepare", action.prepare(&question).await);
    let (Some(before), Some(again)) = (once, again) else { return findings.all() };
    findings.same("prepare changes nothing", &before, &again);
    let size = before.to_string().len();
    findings.must("the before-image is small", size <= BEFORE_IMAGE, || format!("{size} bytes"));
    says(&mut findings, action, &before, ActionStatus::NotDone, "before it was applied").await;

    let context = sample::effect("conformance-apply", 1);
    for _ in 0..2 {
        findings.ok("apply can be repeated", action.apply(&context, &before).await);
        says(&mut findings, action, &before, ActionStatus::Done, "after it was applied").await;
    }
    let undone = action.undo(&sample::effect("conformance-undo", 1), &before).await;
    if is_impossible(&undone) {
        return findings.all();
    }
    findings.ok("undo", undone);
    says(&mut findings, action, &before, ActionStatus::NotDone, "after it was undone").await;
    findings.ok("undo of nothing succeeds", action.undo(&sample::effect("conformance-undo", 1), &before).await);
    findings.all()
}

/// The status is the truth, or says that nobody knows.
async fn says(findings: &mut Findings, action: &dyn Action, before: &Value, truth: ActionStatus, when: &str) {
    let context = sample::effect("conformance-apply", 1);
    if let Some(status) = findings.ok("status", action.status(&context, before).await) {
        let honest = status == truth || status == ActionStatus::Unknown;
        findings.must("status tells the truth", honest, || format!("{status:?} {when}"));
    }
}

/// Whether an action says that it cannot be undone at all.
fn is_impossible(undone: &Result<()>) -> bool {
    undone.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unsupported && error.status() == Status::Permanent)
}
