//! What the records add up to.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    course::{Course, Progress},
    record::{Outcome, Record, RevisionFacts},
};
use crate::{
    error::{Error, ErrorKind, Result},
    gate::Approval,
    id::{DeploymentId, RevisionId, SignalId, StepId, TargetName, Token},
    journal::Entry,
    plan::{Compensation, Plan, PlanHash, Role, Step, WayBack, Work},
    share::{Percent, Routes},
    target::RolloutState,
    time::Timestamp,
};

/// A deployment at one moment: a fold of its records. Cheap to keep; it holds no observations.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub(super) deployment: DeploymentId,
    pub(super) plan: Arc<Plan>,
    pub(super) hash: PlanHash,
    /// The number that the next record will have.
    pub(super) sequence: u64,
    pub(super) epoch: u64,
    /// When the last record was written.
    pub(super) now: Timestamp,
    pub(super) started: Timestamp,
    /// From when surveys are waited for: a driver took over, or a person asked for another try.
    pub(super) surveying_since: Timestamp,
    pub(super) targets: Vec<TargetState>,
    pub(super) forward: Course,
    pub(super) back: Option<Course>,
    pub(super) closing: Option<Course>,
    /// How often a way back was planned.
    pub(super) reversals: u32,
    pub(super) reversal: Option<Reversal>,
    /// The steps that a way out which was left for another one has undone.
    pub(super) undone: BTreeSet<StepId>,
    pub(super) halt: Option<String>,
    /// Set once a person has closed a halted deployment.
    pub(super) closed: Option<String>,
    /// Up to when guards have looked; before they have, since when a candidate was to have traffic.
    pub(super) guarded: Option<Timestamp>,
    pub(super) paused: bool,
    pub(super) overran: bool,
    pub(super) approvals: Vec<Approval>,
    pub(super) signals: BTreeSet<SignalId>,
    pub(super) outcome: Option<Outcome>,
}

/// Why and how a deployment goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// Why.
    pub cause: String,
    /// How traffic goes.
    pub way: WayBack,
    /// Since when.
    pub at: Timestamp,
}

/// Which of the lists of steps is being carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Track {
    /// The plan's own.
    Forward,
    /// The way back.
    Back,
    /// What is done on every way out.
    Closing,
}

/// What is known of a target.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TargetState {
    /// The revision that served when the deployment began.
    pub stable: Option<RevisionFacts>,
    /// The same, as it was seen last.
    pub stable_now: Option<RevisionFacts>,
    /// The revision that is being introduced.
    pub candidate: Option<RevisionId>,
    /// The last known good one, launched on the way back.
    pub fallback: Option<RevisionId>,
    /// The token of the launch that made it, or may have.
    pub fallback_token: Option<Token>,
    /// Whether the stable revision was asked to go.
    pub stable_removed: bool,
    /// The token of the launch or replace that made the candidate.
    pub token: Option<Token>,
    /// Where traffic goes, as last confirmed.
    pub routes: Routes,
    /// Where it was asked to go, not confirmed yet.
    pub routing: Option<Routes>,
    /// The platform is replacing what runs.
    pub replacing: bool,
    /// How far the platform's rollout was when it was last seen.
    pub rollout: Option<RolloutState>,
    /// When it was surveyed.
    pub surveyed: Option<Timestamp>,
    /// When something was last changed there.
    pub changed: Option<Timestamp>,
    /// Whether the release was already stable there.
    pub unchanged: bool,
}

impl State {
    /// The state of a deployment from its chain.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) if the chain is not one that this library writes, [`Incompatible`](ErrorKind::Incompatible) if the plan's
    /// bytes do not have the hash that was recorded or the plan is of a format that is not known here.
    pub fn replay(deployment: &DeploymentId, entries: &[Entry]) -> Result<Self> {
        let (first, rest) = entries.split_first().ok_or_else(|| corrupt("the chain is empty", 0).with("deployment", deployment))?;
        let mut state = Self::begin(deployment, first)?;
        for entry in rest {
            state.apply(entry)?;
        }
        Ok(state)
    }

    fn begin(deployment: &DeploymentId, first: &Entry) -> Result<Self> {
        let Record::Started { plan: bytes, hash, .. } = &first.record else {
            return Err(corrupt("the first record is not a start", first.sequence));
        };
        if PlanHash::of(bytes.get().as_bytes()) != *hash {
            let message = format!("the plan's bytes do not have the hash {} that was approved; do not run it", hash.short());
            return Err(Error::new(ErrorKind::Incompatible, "replay", message).with("deployment", deployment));
        }
        let plan: Plan = serde_json::from_str(bytes.get()).map_err(|error| {
            Error::new(ErrorKind::Incompatible, "replay", "the plan is not one that this build can read").because(error)
        })?;
        plan.validate()?;
        Ok(Self {
            deployment: deployment.clone(),
            hash: hash.clone(),
            sequence: first.sequence + 1,
            epoch: first.epoch,
            now: first.at,
            started: first.at,
            surveying_since: first.at,
            targets: vec![TargetState::default(); plan.targets.len()],
            forward: Course::new(plan.steps.clone().into(), first.at),
            back: None,
            closing: None,
            reversals: 0,
            reversal: None,
            undone: BTreeSet::new(),
            halt: None,
            closed: None,
            guarded: None,
            paused: false,
            overran: false,
            approvals: Vec::new(),
            signals: BTreeSet::new(),
            outcome: None,
            plan: Arc::new(plan),
        })
    }

    /// Which deployment.
    #[must_use]
    pub fn deployment(&self) -> &DeploymentId {
        &self.deployment
    }

    /// Its plan.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The hash of its plan.
    #[must_use]
    pub fn hash(&self) -> &PlanHash {
        &self.hash
    }

    /// The number that the next record will have.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The epoch of the driver that wrote last.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// When the last record was written.
    #[must_use]
    pub fn last_record(&self) -> Timestamp {
        self.now
    }

    /// When the deployment was started.
    #[must_use]
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// How it ended, if it has; a halted deployment has not.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Why a person must decide, if so.
    #[must_use]
    pub fn halted(&self) -> Option<&str> {
        self.halt.as_deref()
    }

    /// Whether a person has paused it.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Why and how it goes back, if it does.
    #[must_use]
    pub fn reversal(&self) -> Option<&Reversal> {
        self.reversal.as_ref()
    }

    /// The approvals recorded so far.
    #[must_use]
    pub fn approvals(&self) -> &[Approval] {
        &self.approvals
    }

    /// Whether a signal of this id is already in the chain.
    #[must_use]
    pub fn has_signal(&self, id: &SignalId) -> bool {
        self.signals.contains(id)
    }

    /// What is known of a target.
    #[must_use]
    pub fn target(&self, name: &TargetName) -> Option<&TargetState> {
        self.targets.get(self.target_index(name)?)
    }

    pub(super) fn target_index(&self, name: &TargetName) -> Option<usize> {
        self.plan.targets.iter().position(|target| target.name == *name)
    }

    pub(super) fn target_mut(&mut self, name: Option<&TargetName>) -> Option<&mut TargetState> {
        let index = self.target_index(name?)?;
        self.targets.get_mut(index)
    }

    /// Which list of steps is being carried out.
    #[must_use]
    pub fn track(&self) -> Track {
        match (&self.closing, &self.back) {
            (Some(_), _) => Track::Closing,
            (None, Some(_)) => Track::Back,
            (None, None) => Track::Forward,
        }
    }

    /// The list of steps that is being carried out.
    #[must_use]
    pub fn course(&self) -> &Course {
        self.closing.as_ref().or(self.back.as_ref()).unwrap_or(&self.forward)
    }

    pub(super) fn course_mut(&mut self) -> &mut Course {
        self.closing.as_mut().or(self.back.as_mut()).unwrap_or(&mut self.forward)
    }

    /// The step with this id, on whichever list, and what has become of it.
    #[must_use]
    pub fn find(&self, id: &StepId) -> Option<(&Step, &super::StepRun)> {
        let courses = [self.closing.as_ref(), self.back.as_ref(), Some(&self.forward)];
        courses.into_iter().flatten().find_map(|course| course.find(id))
    }

    /// The revision that has a role on a target.
    #[must_use]
    pub fn revision(&self, target: &TargetName, role: Role) -> Option<&RevisionId> {
        let target = self.target(target)?;
        match role {
            Role::Stable => target.stable.as_ref().map(|stable| &stable.id),
            Role::Candidate => target.candidate.as_ref(),
            Role::Fallback => target.fallback.as_ref(),
        }
    }

    /// The share of traffic that the candidate has, or was asked to get, on a target.
    #[must_use]
    pub fn candidate_share(&self, target: &TargetName) -> Percent {
        let Some(target) = self.target(target) else { return Percent::ZERO };
        if target.replacing {
            return Percent::ALL;
        }
        let Some(candidate) = &target.candidate else { return Percent::ZERO };
        let asked = target.routing.as_ref().map_or(Percent::ZERO, |routes| routes.split.share(candidate));
        target.routes.split.share(candidate).max(asked)
    }

    /// Whether a candidate has production traffic on any target that is not committed, next to a stable revision that could take it back.
    #[must_use]
    pub fn candidate_has_traffic(&self) -> bool {
        let shifting = !self.forward_past_shift();
        shifting && self.uncommitted().any(|target| self.candidate_share(target) > Percent::ZERO)
    }

    /// Up to when guards have looked at the candidates; before they have, since when one was to have traffic.
    #[must_use]
    pub fn guarded_until(&self) -> Option<Timestamp> {
        self.guarded
    }

    /// Whether traffic is on its way back, and not all of it is: a bad moment to leave.
    pub(crate) fn owes_traffic(&self) -> bool {
        let back = self.reversal.is_some() && self.track() != Track::Closing;
        back && self.uncommitted().any(|target| self.candidate_share(target) > Percent::ZERO)
    }

    /// Whether the last step that moves or watches traffic has ended.
    fn forward_past_shift(&self) -> bool {
        let last = self.forward.steps.iter().rposition(|step| step.gives_traffic() || matches!(step.work, Work::Bake { .. } | Work::Hold));
        last.is_none_or(|last| self.forward.at > last)
    }

    /// Whether an effect on a target was ever asked for.
    #[must_use]
    pub fn touched(&self) -> bool {
        self.targets.iter().any(|target| target.changed.is_some())
    }

    /// The number of the forward step from which on failures roll back: after the last commit point.
    pub(super) fn committed(&self) -> usize {
        let done = self.forward.steps.iter().take(self.forward.at);
        done.enumerate().filter(|(_, step)| step.work == Work::Commit).map(|(index, _)| index + 1).next_back().unwrap_or(0)
    }

    /// Whether a target was driven since the last commit point, so that a way back begins there.
    pub(super) fn goes_back(&self, target: &TargetName) -> bool {
        let steps = self.forward.steps.iter().zip(&self.forward.runs).skip(self.committed());
        steps.into_iter().any(|(step, run)| step.drives(target) && run.attempts > 0)
    }

    /// The targets that no way back concerns any more, although they were changed.
    pub(super) fn stayed(&self) -> Vec<TargetName> {
        let changed = self.plan.targets.iter().zip(&self.targets).filter(|(_, state)| state.changed.is_some());
        changed.map(|(target, _)| target.name.clone()).filter(|name| !self.goes_back(name)).collect()
    }

    /// The targets of which something may still be rolled back: those with steps after the last commit point.
    fn uncommitted(&self) -> impl Iterator<Item = &TargetName> {
        let steps = self.forward.steps.get(self.committed()..).unwrap_or_default();
        self.plan.targets.iter().map(|target| &target.name).filter(|name| steps.iter().any(|step| step.drives(name)))
    }

    /// Whether something was done, since the last commit point, that nothing undoes.
    #[must_use]
    pub fn past_return(&self) -> bool {
        let steps = self.forward.steps.iter().zip(&self.forward.runs).skip(self.committed());
        steps.into_iter().any(|(step, run)| step.compensation == Compensation::PointOfNoReturn && run.may_have_happened())
    }

    /// What an action saw before its step.
    #[must_use]
    pub fn before_image(&self, step: &StepId) -> Option<&serde_json::Value> {
        self.forward.find(step).and_then(|(_, run)| run.intent.as_deref()).map(|intent| &intent.before)
    }

    /// What makes a step's effect recognisable.
    #[must_use]
    pub fn token(&self, step: &StepId) -> Token {
        Token::made(format!("{}/{step}", self.deployment))
    }

    pub(super) fn in_doubt(&self) -> bool {
        self.course().current().is_some_and(|(_, run)| matches!(run.progress, Progress::InDoubt { .. }))
    }
}

pub(super) fn corrupt(what: &str, sequence: u64) -> Error {
    Error::new(ErrorKind::Corrupt, "replay", format!("{what}; the chain was not written by this library")).with("sequence", sequence)
}
