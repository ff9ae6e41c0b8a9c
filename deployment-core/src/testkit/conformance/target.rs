//! Whether a target keeps its contract.

use std::{sync::Arc, time::Duration};

use super::{
    findings::{Findings, soon},
    target_calls::Calls,
};
use crate::{
    error::ErrorKind,
    id::{RevisionId, Token},
    release::Release,
    share::{Percent, Routes, Split, TestRule},
    target::{Capability, RolloutState, Target},
    testkit::Violation,
};

/// Checks a target by deploying on it. It must be one on which nothing runs yet, and that may be played with.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use deployment_core::{memory::MemoryTarget, testkit::{assert_none, conformance::target::TargetSuite, sample}};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let target = Arc::new(MemoryTarget::builder().build());
/// let suite = TargetSuite::new(target, sample::release("1"), sample::release("2")).fenced();
/// assert_none(&suite.patience(Duration::from_secs(120)).check().await);
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TargetSuite {
    target: Arc<dyn Target>,
    first: Release,
    second: Release,
    patience: Duration,
    fence: Fence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fence {
    Declared,
    None,
}

impl TargetSuite {
    /// Checks `target` with two releases that get healthy on it.
    #[must_use]
    pub fn new(target: Arc<dyn Target>, first: Release, second: Release) -> Self {
        Self { target, first, second, patience: Duration::from_secs(60), fence: Fence::None }
    }

    /// How long a change may take until it is seen: 60 s, unless told otherwise.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The target claims to refuse stale epochs.
    #[must_use]
    pub fn fenced(mut self) -> Self {
        self.fence = Fence::Declared;
        self
    }

    /// What it does not keep.
    pub async fn check(&self) -> Vec<Violation> {
        let mut findings = Findings::default();
        findings.description(|| self.target.describe());
        let can = self.target.capabilities();
        findings.same("capabilities are stable", &can, &self.target.capabilities());
        self.check_observe(&mut findings).await;
        self.check_unsupported(&mut findings).await;
        if can.has(Capability::Launch) {
            self.check_side_by_side(&mut findings).await;
        }
        if can.has(Capability::Replace) {
            self.check_replace(&mut findings).await;
        }
        findings.all()
    }

    fn can(&self, capability: Capability) -> bool {
        self.target.capabilities().has(capability)
    }

    fn calls(&self) -> Calls<'_> {
        Calls { target: self.target.as_ref(), patience: self.patience }
    }

    async fn check_observe(&self, findings: &mut Findings) {
        const RULE: &str = "observe and changes change nothing";
        let once = findings.ok(RULE, self.target.observe().await);
        findings.ok(RULE, self.target.changes(&self.first).await);
        let again = findings.ok(RULE, self.target.observe().await);
        if let (Some(once), Some(again)) = (once, again) {
            findings.same(RULE, &once.routes, &again.routes);
            findings.same(RULE, &once.revisions.len(), &again.revisions.len());
        }
    }

    /// What it cannot do it refuses as such.
    async fn check_unsupported(&self, findings: &mut Findings) {
        const RULE: &str = "what it cannot do is unsupported";
        let (context, nobody) = (Calls::context("unsupported"), RevisionId::made("nobody"));
        let mut refused = |capability: Capability, kind: Option<ErrorKind>| {
            let said = kind.map_or_else(|| "it was accepted".into(), |kind| format!("{kind:?}"));
            findings.must(RULE, kind == Some(ErrorKind::Unsupported), || format!("{capability}: {said}"));
        };
        if !self.can(Capability::Scale) {
            refused(Capability::Scale, self.target.scale(&context, &nobody, 1).await.err().map(|error| error.kind()));
        }
        if !self.can(Capability::Replace) {
            refused(Capability::Replace, self.target.replace(&context, &self.first, 1).await.err().map(|error| error.kind()));
        }
        if !self.can(Capability::Stop) {
            refused(Capability::Stop, self.target.stop(&context, &Token::made("nothing")).await.err().map(|error| error.kind()));
        }
    }

    /// The first release serves alone, if the target can route.
    async fn check_changes(&self, findings: &mut Findings, stable: &RevisionId) {
        const RULE: &str = "the release that serves changes nothing";
        let Some(view) = findings.ok(RULE, self.target.observe().await) else { return };
        let shown = view.revision(stable).and_then(|revision| revision.release.as_ref()) == Some(&self.first);
        if shown && view.routes.split.sole() == Some(stable) {
            let told = findings.ok(RULE, self.target.changes(&self.first).await).unwrap_or_default();
            findings.must(RULE, told.is_empty(), || told.join("; "));
        }
    }

    async fn check_side_by_side(&self, findings: &mut Findings) {
        let calls = self.calls();
        let Some(stable) = calls.check_launch(findings, "conformance-first", &self.first).await else { return };
        let routes = |split: Split| Routes { split, tests: Vec::new() };
        if self.can(Capability::Split) || self.can(Capability::Switch) {
            calls.check_route(findings, &routes(Split::all(&stable))).await;
            calls.check_unknown_route(findings, &routes(Split::all(&RevisionId::made("nobody")))).await;
        }
        self.check_changes(findings, &stable).await;
        let Some(candidate) = calls.check_launch(findings, "conformance-second", &self.second).await else { return };
        findings.must("another token makes another revision", stable != candidate, || format!("both are {stable}"));
        if self.can(Capability::Split) {
            let share = Percent::of(1, 8);
            calls.check_route(findings, &routes(Split::between(Some(&stable), &candidate, share))).await;
        }
        if self.can(Capability::TestRoute) {
            let tests = vec![(TestRule::Header { name: "x-conformance".into(), value: "candidate".into() }, candidate.clone())];
            calls.check_route(findings, &Routes { split: Split::all(&stable), tests }).await;
        }
        if self.can(Capability::Split) || self.can(Capability::Switch) {
            calls.check_route(findings, &routes(Split::all(&stable))).await;
        }
        if self.can(Capability::Scale) {
            calls.check_scale(findings, &candidate).await;
        }
        if self.fence == Fence::Declared {
            calls.check_fence(findings, &stable).await;
        }
        calls.check_retire(findings, &candidate).await;
    }

    async fn check_replace(&self, findings: &mut Findings) {
        const RULE: &str = "replace is recognised by its token";
        let context = Calls::context("conformance-replace");
        let made = findings.ok(RULE, self.target.replace(&context, &self.second, 1).await);
        let again = findings.ok(RULE, self.target.replace(&context, &self.second, 1).await);
        let (Some(made), Some(again)) = (made, again) else { return };
        findings.same(RULE, &made, &again);
        let completes = soon(self.patience, || async {
            let Ok(view) = self.target.observe().await else { return false };
            let ours = view
                .rollout
                .is_some_and(|rollout| rollout.token.as_ref() == Some(&context.token) && rollout.state == RolloutState::Completed);
            ours && view.routes.split.sole() == Some(&made)
        });
        findings.must("a rollout carries its token and completes", completes.await, || "it was not seen in time".into());
        if self.can(Capability::Stop) {
            self.check_stop(findings).await;
        }
    }

    async fn check_stop(&self, findings: &mut Findings) {
        const RULE: &str = "a rollout can be stopped";
        let context = Calls::context("conformance-stopped");
        if findings.ok(RULE, self.target.replace(&context, &self.first, 1).await).is_none() {
            return;
        }
        findings.ok(RULE, self.target.stop(&Calls::context("conformance-stop"), &context.token).await);
        let stopped = soon(self.patience, || async {
            let rollout = self.target.observe().await.ok().and_then(|view| view.rollout);
            rollout.is_some_and(|rollout| !matches!(rollout.state, RolloutState::InProgress | RolloutState::Waiting))
        });
        findings.must(RULE, stopped.await, || "it still goes on".into());
    }
}
