//! Approvals by people.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Gate, GateContext, GateVerdict};
use crate::{
    error::Result,
    id::{Actor, StepId},
    plan::PlanHash,
    time::Timestamp,
};

/// A person's word that a step may go ahead, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub actor: Actor,
    /// For which step.
    pub step: StepId,
    /// For which plan, and so for which artifact.
    pub plan: PlanHash,
    /// When.
    pub at: Timestamp,
    /// Whether they said yes.
    pub granted: Decision,
    /// Why.
    pub reason: String,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes.
    Approved,
    /// No.
    Rejected,
}

impl Approval {
    /// Whether it counts for what `context` asks: same step, same plan, not older than `valid_for`, not by the author.
    #[must_use]
    pub fn counts_for(&self, context: &GateContext, valid_for: Duration) -> bool {
        let asked = &context.deployment;
        self.step == asked.step && self.plan == asked.plan && self.actor != asked.author && asked.now.since(self.at) < valid_for
    }
}

/// Waits until enough people have approved the step.
///
/// Each person counts once. An approval counts for the plan and step that it names, until it expires, and never from the author of the
/// deployment. One rejection that counts rejects the step.
///
/// ```
/// use deployment_core::gate::{ApprovalGate, Gate};
///
/// assert_eq!(ApprovalGate::by(2).describe(), "2 approvals, each valid for 86400 s");
/// ```
#[derive(Debug, Clone)]
pub struct ApprovalGate {
    needed: usize,
    valid_for: Duration,
    among: BTreeSet<Actor>,
}

impl ApprovalGate {
    /// Needs this many people. An approval is valid for a day, unless told otherwise.
    #[must_use]
    pub fn by(people: usize) -> Self {
        Self { needed: people.max(1), valid_for: Duration::from_secs(86_400), among: BTreeSet::new() }
    }

    /// How long an approval counts.
    #[must_use]
    pub fn valid_for(mut self, duration: Duration) -> Self {
        self.valid_for = duration;
        self
    }

    /// Counts only these people.
    #[must_use]
    pub fn among(mut self, people: impl IntoIterator<Item = Actor>) -> Self {
        self.among.extend(people);
        self
    }
}

#[async_trait]
impl Gate for ApprovalGate {
    fn describe(&self) -> String {
        let who = if self.among.is_empty() {
            String::new()
        } else {
            format!(" of {}", self.among.iter().map(Actor::as_str).collect::<Vec<_>>().join(", "))
        };
        format!("{} approvals{who}, each valid for {} s", self.needed, self.valid_for.as_secs())
    }

    async fn evaluate(&self, context: &GateContext) -> Result<GateVerdict> {
        let counting = context
            .approvals
            .iter()
            .filter(|approval| approval.counts_for(context, self.valid_for))
            .filter(|approval| self.among.is_empty() || self.among.contains(&approval.actor));
        let mut granted = BTreeSet::new();
        for approval in counting {
            if approval.granted == Decision::Rejected {
                return Ok(GateVerdict::reject(format!("rejected by {}: {}", approval.actor, approval.reason)));
            }
            granted.insert(&approval.actor);
        }
        if granted.len() >= self.needed {
            return Ok(GateVerdict::Pass);
        }
        Ok(GateVerdict::wait(format!("{} of {} approvals for step {}", granted.len(), self.needed, context.deployment.step)))
    }
}
