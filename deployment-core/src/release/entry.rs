//! One deployment in short, and what it left on each of its targets.

use serde::{Deserialize, Serialize};

use super::Release;
use crate::{
    engine::{Outcome, State, TargetState},
    id::{DeploymentId, EnvironmentName, RevisionId, ServiceName, StepId, TargetName},
    plan::{Plan, SickStable, TargetPlan, Work},
    time::Timestamp,
};

/// One deployment, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Which deployment.
    pub deployment: DeploymentId,
    /// What was deployed.
    pub service: ServiceName,
    /// Where.
    pub environment: EnvironmentName,
    /// What version of it; a target may have had one of its own.
    pub release: Release,
    /// What was done on each target, in the plan's order.
    pub targets: Vec<TargetEntry>,
    /// When it began.
    pub started: Timestamp,
    /// When its last record was written.
    pub updated: Timestamp,
    /// How it ended, or that it is halted; `None` while it is under way.
    pub outcome: Option<Outcome>,
}

/// What a deployment did on one of its targets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetEntry {
    /// Which.
    pub target: TargetName,
    /// What was to be deployed there.
    pub release: Release,
    /// What the deployment has left there, as far as its records go.
    pub left: Left,
    /// Whether the release was verified there and stayed: the deployment has succeeded, or it has passed a commit point after that.
    pub good: bool,
}

/// What a deployment has left on a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// What served there before.
    AsBefore,
    /// This release, with all traffic.
    Serving(Box<Release>),
    /// Two revisions share the traffic, none has any, or nobody can tell.
    Unclear,
}

impl HistoryEntry {
    /// What a deployment's records say of it.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let plan = state.plan();
        let outcome = state.outcome().cloned().or_else(|| state.halted().map(|reason| Outcome::Halted { reason: reason.to_owned() }));
        let good = matches!(outcome, Some(Outcome::Succeeded | Outcome::Unchanged));
        let target = |planned: &TargetPlan| {
            let left = state.target(&planned.name).map_or(Left::AsBefore, |target| left(plan, planned, target));
            let stays = good || is_committed(state, &planned.name);
            let good = stays && matches!(&left, Left::Serving(release) if release.runs_the_same_as(&planned.release));
            TargetEntry { target: planned.name.clone(), release: planned.release.clone(), left, good }
        };
        Self {
            deployment: state.deployment().clone(),
            service: plan.service.clone(),
            environment: plan.environment.clone(),
            release: plan.release.clone(),
            targets: plan.targets.iter().map(target).collect(),
            started: state.started(),
            updated: state.last_record(),
            outcome,
        }
    }

    /// Whether it has ended; a halted deployment has not.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        !matches!(self.outcome, None | Some(Outcome::Halted { .. }))
    }

    /// What it did on this target, if it was one of its targets.
    #[must_use]
    pub fn on(&self, target: &TargetName) -> Option<&TargetEntry> {
        self.targets.iter().find(|entry| entry.target == *target)
    }
}

fn left(plan: &Plan, planned: &TargetPlan, target: &TargetState) -> Left {
    if target.unchanged {
        return Left::Serving(Box::new(planned.release.clone()));
    }
    if target.changed.is_none() {
        return Left::AsBefore;
    }
    let under_way = target.routing.is_some() || target.replacing;
    let Some(serves) = target.routes.split.sole().filter(|_| !under_way) else { return Left::Unclear };
    let is = |revision: Option<&RevisionId>| revision == Some(serves);
    if is(target.candidate.as_ref()) {
        return Left::Serving(Box::new(planned.release.clone()));
    }
    if is(target.fallback.as_ref())
        && let SickStable::Deploy { release } = &plan.policy.on_sick_stable
    {
        return Left::Serving(release.clone());
    }
    if is(target.stable.as_ref().map(|stable| &stable.id)) { Left::AsBefore } else { Left::Unclear }
}

/// Whether a commit point after the target was verified has been passed.
fn is_committed(state: &State, target: &TargetName) -> bool {
    let done = |step: &StepId| state.find(step).is_some_and(|(_, run)| run.ended.is_some());
    let after = state.plan().steps.iter().skip_while(|step| step.work != Work::Verify || step.target.as_ref() != Some(target));
    after.filter(|step| step.work == Work::Commit).any(|step| done(&step.id))
}
