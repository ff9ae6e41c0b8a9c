//! What the oracle is given.

use super::{capacity, ending, log::Log, order, scene::Scene, tape::Taped, traffic};
use crate::{
    engine::Outcome,
    error::Result,
    id::{DeploymentId, TargetName},
    memory::{HistoryEvent, MemoryTarget},
    plan::Plan,
    testkit::Violation,
};

/// What there is to judge one deployment by.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub(super) deployment: DeploymentId,
    pub(super) histories: Vec<(TargetName, Vec<HistoryEvent>)>,
    pub(super) journal: Vec<Taped>,
    pub(super) outcome: Option<Outcome>,
}

impl Evidence {
    /// Nothing yet about this deployment. It may be one of several that the targets have seen.
    #[must_use]
    pub fn new(deployment: DeploymentId) -> Self {
        Self { deployment, histories: Vec::new(), journal: Vec::new(), outcome: None }
    }

    /// What a target has been through up to now. It must [record](crate::memory::MemoryTargetBuilder::record_history) that.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if `name` is no name.
    pub fn target(mut self, name: &str, target: &MemoryTarget) -> Result<Self> {
        self.histories.push((TargetName::new(name)?, target.history()));
        Ok(self)
    }

    /// What went into the journal. Without it, what needs it is not checked.
    #[must_use]
    pub fn journal(mut self, entries: Vec<Taped>) -> Self {
        self.journal = entries;
        self.journal.retain(|taped| taped.deployment == self.deployment);
        self
    }

    /// How it ended, as it says. Without it, what must hold at the end is not checked.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }
}

/// Knows what must hold while a plan is carried out.
#[derive(Debug, Clone, Copy)]
pub struct Oracle<'a> {
    plan: &'a Plan,
}

impl<'a> Oracle<'a> {
    /// For this plan.
    #[must_use]
    pub fn new(plan: &'a Plan) -> Self {
        Self { plan }
    }

    /// Everything that was not as it must be, after any event so far.
    #[must_use]
    pub fn check(&self, evidence: &Evidence) -> Vec<Violation> {
        let log = Log::of(&evidence.journal);
        let mut found = order::check_log(&log);
        for (name, history) in &evidence.histories {
            let Some(scene) = Scene::of(self.plan, name, history, &evidence.deployment, log) else {
                found.push(Violation::new("evidence", format!("{name} is not in the plan, or kept no history")));
                continue;
            };
            let about_target = [
                traffic::check(&scene),
                capacity::check(&scene),
                order::check(&scene),
                ending::check_start(&scene),
                evidence.outcome.as_ref().map(|outcome| ending::check(&scene, outcome)).unwrap_or_default(),
            ];
            let named = |violation: Violation| Violation { detail: format!("{name}, {}", violation.detail), ..violation };
            found.extend(about_target.into_iter().flatten().map(named));
        }
        found
    }
}
