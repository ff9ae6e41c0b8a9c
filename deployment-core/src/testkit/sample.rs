//! Contexts to call plugins with, as the runtime would.
//!
//! The deployment is of a service `shop` to `production`, asked for by `ada`.

use crate::{
    context::{DeploymentContext, EffectContext, Subject},
    gate::{Approval, GateContext},
    health::HealthContext,
    id::{Actor, DeploymentId, EnvironmentName, RevisionId, ServiceName, StepId, TargetName, Token},
    metric::MetricContext,
    plan::PlanHash,
    release::Release,
    time::{Timestamp, Window},
};

/// 2026-01-01T12:00:00Z: where test clocks begin.
pub const NOON: Timestamp = Timestamp::from_millis(1_767_268_800_000);

/// The release `shop VERSION`.
#[must_use]
pub fn release(version: &str) -> Release {
    Release::new(ServiceName::made("shop"), version)
}

/// A mutating call of deployment `sample` under this token and epoch.
#[must_use]
pub fn effect(token: &str, epoch: u64) -> EffectContext {
    EffectContext {
        deployment: DeploymentId::made("sample"),
        step: StepId::made("step"),
        token: Token::made(token),
        epoch,
        deadline: Timestamp::from_millis(4_102_444_800_000),
    }
}

/// A question of deployment `sample`, which deploys `shop 2`, at this time.
#[must_use]
pub fn deployment(now: Timestamp) -> DeploymentContext {
    DeploymentContext {
        deployment: DeploymentId::made("sample"),
        service: ServiceName::made("shop"),
        environment: EnvironmentName::made("production"),
        release: release("2"),
        plan: PlanHash::of(b"sample"),
        author: Actor::made("ada"),
        step: StepId::made("step"),
        now,
    }
}

/// A gate's question, with these approvals on record.
#[must_use]
pub fn gate(now: Timestamp, approvals: impl IntoIterator<Item = Approval>) -> GateContext {
    GateContext { deployment: deployment(now), approvals: approvals.into_iter().collect() }
}

/// A health check's question about target `backend`, which has no preview endpoint.
#[must_use]
pub fn health(now: Timestamp) -> HealthContext {
    HealthContext { deployment: deployment(now), subject: Subject { target: TargetName::made("backend"), endpoint: None } }
}

/// A metric source's question about a revision of target `backend`.
#[must_use]
pub fn metric(now: Timestamp, revision: &RevisionId, window: Window) -> MetricContext {
    MetricContext { deployment: deployment(now), target: TargetName::made("backend"), revision: revision.clone(), window }
}
