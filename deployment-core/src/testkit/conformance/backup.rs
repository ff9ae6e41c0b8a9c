//! Whether a backup provider keeps its contract.

use std::time::Duration;

use super::findings::{Findings, soon};
use crate::{
    backup::{Backup, BackupProvider, BackupState, Retention, VerifyLevel},
    error::Status,
    testkit::{Violation, sample},
    time::Timestamp,
};

const FIRST: &str = "conformance-1";
const SECOND: &str = "conformance-2";

/// Makes two backups, verifies them at `level`, restores one and prunes. The store must be one that may be played with, without backups.
///
/// `patience` is how long a backup may take.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::{backup::VerifyLevel, testkit::{TokioClock, assert_none, conformance, fake::FakeBackup}};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let provider = FakeBackup::new(TokioClock::default()).takes(Duration::from_secs(30));
/// assert_none(&conformance::backup::check(&provider, VerifyLevel::Complete, Duration::from_secs(60)).await);
/// # }
/// ```
pub async fn check(provider: &dyn BackupProvider, level: VerifyLevel, patience: Duration) -> Vec<Violation> {
    let mut findings = Findings::default();
    findings.description(|| provider.describe());
    let absent = findings.ok("status", provider.status(FIRST).await);
    findings.must("what was not made is absent", absent == Some(BackupState::Absent), || format!("{absent:?}"));
    let unmade = provider.verify(&sample::effect("conformance", 1), FIRST, level).await;
    findings.must("what was not made cannot be verified", unmade.is_err(), || format!("{unmade:?}"));
    for name in [FIRST, SECOND] {
        check_create(&mut findings, provider, name, patience).await;
        check_verify(&mut findings, provider, name, level).await;
    }
    findings.ok("restore", provider.restore(&sample::effect("conformance-restore", 1), FIRST).await);
    check_prune(&mut findings, provider).await;
    findings.all()
}

async fn check_create(findings: &mut Findings, provider: &dyn BackupProvider, name: &str, patience: Duration) {
    const RULE: &str = "a backup that exists already is success";
    let context = sample::effect(name, 1);
    findings.ok("create", provider.create(&context, name).await);
    findings.ok(RULE, provider.create(&context, name).await);
    let complete = soon(patience, || async { provider.status(name).await.is_ok_and(|state| state == BackupState::Complete) }).await;
    findings.must("a backup gets complete", complete, || format!("{name} is not within {patience:?}"));
    findings.ok(RULE, provider.create(&context, name).await);
    let listed = findings.ok("list", provider.list().await).unwrap_or_default();
    let count = listed.iter().filter(|backup| backup.name == name).count();
    findings.must(RULE, count == 1, || format!("{name} is listed {count} times"));
    let ordered = listed.is_sorted_by_key(|backup| backup.taken_at);
    findings.must("the newest is listed last", ordered && listed.last().is_some_and(|last| last.name == name), || format!("{listed:?}"));
}

async fn check_verify(findings: &mut Findings, provider: &dyn BackupProvider, name: &str, level: VerifyLevel) {
    let context = sample::effect("conformance-verify", 1);
    let reached = findings.ok("verify", provider.verify(&context, name, level).await);
    findings.must("verify reaches the level that was asked for", reached >= Some(level), || format!("{reached:?} of {level:?}"));
    let listed = findings.ok("list", provider.list().await).unwrap_or_default();
    let shown = listed.iter().find(|backup| backup.name == name).and_then(|backup| backup.verified);
    findings.must("what was verified is listed so", shown == reached, || format!("{shown:?} of {reached:?}"));
    // Asking for the most is honest only if it was reached.
    match provider.verify(&context, name, VerifyLevel::Queried).await {
        Ok(most) => findings.must("verify claims no level that was not tested", most == VerifyLevel::Queried, || format!("{most:?}")),
        Err(error) => {
            findings.must("a level that cannot be reached is refused", error.status() == Status::Permanent, || error.to_string());
        }
    }
}

async fn check_prune(findings: &mut Findings, provider: &dyn BackupProvider) {
    const RULE: &str = "prune keeps the newest verified backup";
    let forever = Timestamp::from_millis(4_102_444_800_000);
    let prune =
        async |keep_at_least| provider.prune(&sample::effect("conformance-prune", 1), &Retention { before: forever, keep_at_least }).await;
    let names = |backups: &[Backup]| backups.iter().map(|backup| backup.name.clone()).collect::<Vec<_>>();
    let none = findings.ok("prune", prune(2).await).unwrap_or_default();
    findings.must("prune keeps as many as it is told", none.is_empty(), || format!("it removed {:?}", names(&none)));
    let removed = findings.ok("prune", prune(0).await).unwrap_or_default();
    findings.same(RULE, &names(&removed), &vec![FIRST.to_owned()]);
    let left = findings.ok("list", provider.list().await).unwrap_or_default();
    findings.same(RULE, &names(&left), &vec![SECOND.to_owned()]);
}
