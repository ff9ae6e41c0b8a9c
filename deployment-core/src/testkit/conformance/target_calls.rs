//! The calls of a target, one by one.

use std::time::Duration;

use super::findings::{Findings, soon};
use crate::{
    context::EffectContext,
    error::{ErrorKind, Status},
    id::RevisionId,
    release::Release,
    share::Routes,
    target::{RevisionView, Target},
    testkit::sample,
};

/// The epoch in which the suite calls.
const EPOCH: u64 = 7;

#[derive(Debug, Clone, Copy)]
pub(super) struct Calls<'a> {
    pub(super) target: &'a dyn Target,
    pub(super) patience: Duration,
}

impl Calls<'_> {
    pub(super) fn context(token: &str) -> EffectContext {
        sample::effect(token, EPOCH)
    }

    /// Whether a revision is soon seen to be so; `false` also while it is not seen at all.
    async fn seen(&self, revision: &RevisionId, is_so: impl Fn(&RevisionView) -> bool) -> bool {
        soon(self.patience, || async { self.target.observe().await.is_ok_and(|view| view.revision(revision).is_some_and(&is_so)) }).await
    }

    /// A launch carries its token, gets healthy, moves no traffic, and is recognised when it is repeated.
    pub(super) async fn check_launch(&self, findings: &mut Findings, token: &str, release: &Release) -> Option<RevisionId> {
        const TOKEN: &str = "launch is recognised by its token";
        let context = Self::context(token);
        let before = findings.ok("observe", self.target.observe().await)?;
        let made = findings.ok("launch", self.target.launch(&context, release, 1).await)?;
        let again = findings.ok(TOKEN, self.target.launch(&context, release, 1).await)?;
        findings.same(TOKEN, &made, &again);
        let carries = self.seen(&made, |revision| revision.token.as_ref() == Some(&context.token)).await;
        findings.must("a revision shows the token of its launch", carries, || format!("{made} does not show {token}"));
        let healthy = self.seen(&made, |revision| revision.healthy == Some(1) && revision.desired == 1).await;
        findings.must("a launched revision gets healthy", healthy, || format!("{made} is not within {:?}", self.patience));
        let view = findings.ok("observe", self.target.observe().await)?;
        let carrying = view.revisions.iter().filter(|revision| revision.token.as_ref() == Some(&context.token)).count();
        findings.must(TOKEN, carrying == 1, || format!("{carrying} revisions carry {token}"));
        findings.same("launch moves no traffic", &before.routes.split, &view.routes.split);
        Some(made)
    }

    /// Routes are an absolute set, and are read back.
    pub(super) async fn check_route(&self, findings: &mut Findings, routes: &Routes) {
        for token in ["conformance-route", "conformance-route-again"] {
            findings.ok("route sets absolutely", self.target.route(&Self::context(token), routes).await);
            let read_back = soon(self.patience, || async { self.target.observe().await.is_ok_and(|view| view.routes == *routes) }).await;
            findings.must("routes are read back", read_back, || format!("{routes:?} was not"));
        }
    }

    /// A route to a revision that does not exist is refused, and changes nothing.
    pub(super) async fn check_unknown_route(&self, findings: &mut Findings, routes: &Routes) {
        const RULE: &str = "route refuses an unknown revision";
        let before = findings.ok("observe", self.target.observe().await).map(|view| view.routes);
        match self.target.route(&Self::context("conformance-unknown"), routes).await {
            Ok(()) => findings.must(RULE, false, || "it was accepted".into()),
            Err(error) => findings.must(RULE, error.status() == Status::Permanent, || format!("{:?}: {error}", error.status())),
        }
        findings.same(RULE, &before, &findings_routes(self.target).await);
    }

    /// A number of instances is an absolute set, and is read back.
    pub(super) async fn check_scale(&self, findings: &mut Findings, revision: &RevisionId) {
        for (token, count) in [("conformance-up", 2), ("conformance-up-again", 2), ("conformance-down", 1)] {
            findings.ok("scale sets absolutely", self.target.scale(&Self::context(token), revision, count).await);
            let read_back = self.seen(revision, |revision| revision.desired == count && revision.healthy == Some(count)).await;
            findings.must("a number of instances is read back", read_back, || format!("{revision} has not {count}"));
        }
        let unknown = self.target.scale(&Self::context("conformance-nobody"), &RevisionId::made("nobody"), 1).await;
        let status = unknown.map_err(|error| error.status());
        findings.must("scale refuses an unknown revision", status == Err(Status::Permanent), || format!("{status:?}"));
    }

    /// A lower epoch than one before is refused, and changes nothing.
    pub(super) async fn check_fence(&self, findings: &mut Findings, revision: &RevisionId) {
        const RULE: &str = "a stale epoch is refused";
        let stale = sample::effect("conformance-stale", EPOCH - 1);
        let launched = self.target.launch(&stale, &sample::release("stale"), 1).await.map_err(|error| error.kind());
        findings.must(RULE, launched == Err(ErrorKind::Fenced), || format!("launch: {launched:?}"));
        let retired = self.target.retire(&stale, revision).await.map_err(|error| error.kind());
        findings.must(RULE, retired == Err(ErrorKind::Fenced), || format!("retire: {retired:?}"));
    }

    /// A revision that was removed goes, and removing it again succeeds.
    pub(super) async fn check_retire(&self, findings: &mut Findings, revision: &RevisionId) {
        findings.ok("retire", self.target.retire(&Self::context("conformance-retire"), revision).await);
        let gone = soon(self.patience, || async { self.target.observe().await.is_ok_and(|view| view.revision(revision).is_none()) }).await;
        findings.must("a retired revision goes", gone, || format!("{revision} is still there"));
        findings.ok("retire of what is gone succeeds", self.target.retire(&Self::context("conformance-retire-again"), revision).await);
    }
}

async fn findings_routes(target: &dyn Target) -> Option<Routes> {
    target.observe().await.ok().map(|view| view.routes)
}
