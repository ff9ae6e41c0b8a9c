//! What a target shows at an epoch's start and before a way back.

use super::{
    assess::drift,
    record::{RevisionFacts, Survey},
    state::{State, TargetState},
};
use crate::{
    id::TargetName,
    target::{RevisionView, RolloutState, TargetView},
    time::Timestamp,
};

impl State {
    /// What a target's view means for the deployment as a whole; `None` if it must be looked at again, because what it shows may be old.
    #[must_use]
    pub fn survey(&self, name: &TargetName, view: &TargetView, now: Timestamp) -> Option<Survey> {
        let (planned, target) = self.planned(name)?;
        if target.changed.is_none() {
            return Some(baseline(view));
        }
        let lag_over = now.since(self.surveying_since) > planned.read_lag;
        if let Some(reason) = drift(planned, target, view, now).or_else(|| stable_gone(target, view)) {
            return lag_over.then_some(Survey::Drifted { reason });
        }
        let stable = target.stable.as_ref().and_then(|stable| view.revision(&stable.id)).map(facts);
        let by_token = target.token.as_ref().and_then(|token| view.launched_by(token));
        let candidate = target.candidate.as_ref().and_then(|id| view.revision(id)).or(by_token).map(facts);
        let by_token = target.fallback_token.as_ref().and_then(|token| view.launched_by(token));
        let fallback = target.fallback.as_ref().and_then(|id| view.revision(id)).or(by_token).map(facts);
        if fallback.is_none() && target.fallback_token.is_some() && !lag_over {
            return None;
        }
        let rollout = view.rollout.as_ref().filter(|rollout| rollout.token.is_some() && rollout.token == target.token);
        let rollout = rollout.map(|rollout| rollout.state);
        Some(Survey::AsExpected { stable, candidate, fallback, routes: view.routes.clone(), rollout })
    }
}

/// The stable revision is missing, and nobody here has removed it.
fn stable_gone(target: &TargetState, view: &TargetView) -> Option<String> {
    let stable = target.stable.as_ref().filter(|_| !target.stable_removed)?;
    view.revision(&stable.id).is_none().then(|| format!("the stable revision {} is gone", stable.id))
}

/// What a deployment starts from, if it may start from it.
fn baseline(view: &TargetView) -> Survey {
    if view.rollout.as_ref().is_some_and(|rollout| matches!(rollout.state, RolloutState::InProgress | RolloutState::Waiting)) {
        return Survey::Unclean { reason: "the platform is in the middle of a rollout; wait until it has ended".into() };
    }
    if view.routes.split.is_empty() {
        return Survey::Baseline { stable: None, routes: view.routes.clone() };
    }
    let Some(serves) = view.routes.split.sole() else {
        return Survey::Unclean { reason: format!("traffic is {}; one revision must have all of it", view.routes.split) };
    };
    match view.revision(serves) {
        Some(revision) => Survey::Baseline { stable: Some(facts(revision)), routes: view.routes.clone() },
        None => Survey::Unclean { reason: format!("{serves} has all traffic, but the target does not know it") },
    }
}

fn facts(revision: &RevisionView) -> RevisionFacts {
    RevisionFacts {
        id: revision.id.clone(),
        release: revision.release.clone().map(Box::new),
        desired: revision.desired,
        healthy: revision.healthy,
    }
}
