//! Whether a migration keeps its contract.

use super::findings::Findings;
use crate::{
    action::ActionStatus,
    migration::{Migration, Reversibility},
    testkit::{Violation, sample},
};

/// Applies a migration twice, and reverts it twice if it can be. Its store must be one that may be played with, and not migrated yet.
///
/// ```
/// use deployment_core::{migration::{Phase, Reversibility}, testkit::{assert_none, conformance, fake::FakeMigration}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let migration = FakeMigration::of(Phase::Expand, Reversibility::Reversible);
/// assert_none(&conformance::migration::check(&migration).await);
/// # }
/// ```
pub async fn check(migration: &dyn Migration) -> Vec<Violation> {
    let mut findings = Findings::default();
    findings.description(|| migration.describe());
    findings.same("phase is stable", &migration.phase(), &migration.phase());
    findings.same("reversibility is stable", &migration.reversibility(), &migration.reversibility());
    says(&mut findings, migration, ActionStatus::NotDone, "before it was applied").await;
    for _ in 0..2 {
        findings.ok("apply can be repeated", migration.apply(&sample::effect("conformance-apply", 1)).await);
        says(&mut findings, migration, ActionStatus::Done, "after it was applied").await;
    }
    if migration.reversibility() == Reversibility::Reversible {
        for _ in 0..2 {
            findings.ok("revert can be repeated", migration.revert(&sample::effect("conformance-revert", 1)).await);
            says(&mut findings, migration, ActionStatus::NotDone, "after it was reverted").await;
        }
    }
    findings.all()
}

/// The status is the truth, or says that nobody knows.
async fn says(findings: &mut Findings, migration: &dyn Migration, truth: ActionStatus, when: &str) {
    if let Some(status) = findings.ok("status", migration.status().await) {
        let honest = status == truth || status == ActionStatus::Unknown;
        findings.must("status tells the truth", honest, || format!("{status:?} {when}"));
    }
}
