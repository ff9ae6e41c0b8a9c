//! What a plugin is told about the call it gets.

use crate::{
    id::{Actor, DeploymentId, EnvironmentName, ServiceName, StepId, TargetName, Token},
    plan::PlanHash,
    release::Release,
    share::TestRule,
    time::Timestamp,
};

/// What every mutating call carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectContext {
    /// The deployment that asks.
    pub deployment: DeploymentId,
    /// The step that asks.
    pub step: StepId,
    /// The same for every try of this effect, in every epoch. An implementation makes the effect recognisable by it.
    pub token: Token,
    /// Grows with every process that takes the deployment over. Refuse a lower one than you have seen, if you can.
    pub epoch: u64,
    /// Give up by then, with everything that the call has started: after it the call counts as in doubt, and another process may ask for the
    /// same effect again, or for its undo.
    pub deadline: Timestamp,
}

/// What a gate, check, metric source or action is told about the deployment that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentContext {
    /// The deployment that asks.
    pub deployment: DeploymentId,
    /// What is deployed.
    pub service: ServiceName,
    /// Where.
    pub environment: EnvironmentName,
    /// What version of it: that of the target that the question is about, if it is about one.
    pub release: Release,
    /// The plan, exactly.
    pub plan: PlanHash,
    /// Who started it.
    pub author: Actor,
    /// The step that asks.
    pub step: StepId,
    /// The time at which it asks.
    pub now: Timestamp,
}

/// Where the revision under examination can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Endpoint {
    /// Its base address, for instance `http://127.0.0.1:8080`.
    pub url: String,
    /// What a request needs to reach this revision and no other, if the address is shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<TestRule>,
}

/// The part of a target that is being examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The target.
    pub target: TargetName,
    /// Its preview endpoint, if it has one.
    pub endpoint: Option<Endpoint>,
}
