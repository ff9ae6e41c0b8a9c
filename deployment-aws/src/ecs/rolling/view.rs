//! What a look at the service means for the library.

use aws_sdk_ecs::types::{Deployment, DeploymentRolloutState};
use deployment_core::{
    Percent, RevisionId, Routes, Split,
    target::{RevisionView, Rollout, RolloutState, TargetView},
};

use super::{
    revision::Revision,
    seen::{Seen, Starter},
};
use crate::ecs::count::count;

/// How many of ECS's events are told.
const EVENTS: usize = 8;

impl Seen {
    pub(super) fn view(&self) -> TargetView {
        let mut revisions: Vec<RevisionView> = Vec::new();
        for (deployment, revision) in &self.deployments {
            match revisions.iter_mut().find(|known| known.id == revision.id) {
                Some(known) => join(known, deployment),
                None => revisions.push(shown(deployment, revision)),
            }
        }
        let events = self.service.events().iter().take(EVENTS).filter_map(|event| event.message()).rev();
        TargetView {
            routes: Routes { split: split(&revisions), tests: Vec::new() },
            rollout: self.rollout(),
            events: events.map(str::to_owned).collect(),
            revisions,
        }
    }

    /// How far the rollout is. A way back that ECS takes by itself is under way until what ran before is whole again.
    fn rollout(&self) -> Option<Rollout> {
        let (primary, revision) = self.primary()?;
        let told = primary.rollout_state_reason().unwrap_or_default();
        let state = match primary.rollout_state() {
            Some(DeploymentRolloutState::Completed) => RolloutState::Completed,
            Some(DeploymentRolloutState::Failed) => RolloutState::Failed,
            // Services behind a classic load balancer have none: what is still to be done tells it.
            None if self.deployments.len() == 1 && primary.running_count() == primary.desired_count() => RolloutState::Completed,
            _ => RolloutState::InProgress,
        };
        let Some(back) = &self.went_back else {
            if self.starter == Starter::Unknown {
                return None;
            }
            if self.starter == Starter::Other {
                return Some(Rollout {
                    token: None,
                    state,
                    reason: format!("somebody else has deployed {} once more: {told}", revision.id),
                });
            }
            let reason = match (&self.warning, state) {
                (Some(warning), _) => format!("{told} {warning}"),
                (None, RolloutState::InProgress) => format!("{told} {}", self.counts(primary)),
                (None, _) => told.to_owned(),
            };
            return Some(Rollout { token: revision.marks.latest().cloned(), state, reason });
        };
        let state = if state == RolloutState::Completed { RolloutState::RolledBack } else { state };
        let reason = match state {
            RolloutState::RolledBack => back.reason.clone(),
            _ => format!("ECS is on its way back to {}: {}", revision.id, back.reason),
        };
        Some(Rollout { token: back.token.clone(), state, reason })
    }

    fn counts(&self, primary: &Deployment) -> String {
        let (running, desired, failed) = (primary.running_count(), primary.desired_count(), primary.failed_tasks());
        format!("{running} of {desired} tasks run, {failed} have failed.")
    }
}

fn shown(deployment: &Deployment, revision: &Revision) -> RevisionView {
    let mut view = RevisionView {
        id: revision.id.clone(),
        token: revision.marks.latest().cloned(),
        release: revision.release.clone(),
        desired: 0,
        running: 0,
        healthy: Some(0),
        in_flight: 0,
        failure: None,
        preview: None,
    };
    join(&mut view, deployment);
    view
}

/// Adds what one more deployment of the same revision has.
fn join(view: &mut RevisionView, deployment: &Deployment) {
    let running = count(deployment.running_count());
    view.desired += count(deployment.desired_count());
    view.running += running;
    // ECS counts tasks that run. It says that they are healthy by completing the deployment, and stops them when they are not any more.
    let known = deployment.rollout_state() == Some(&DeploymentRolloutState::Completed);
    view.healthy = view.healthy.filter(|_| known).map(|healthy| healthy + running);
    if deployment.rollout_state() == Some(&DeploymentRolloutState::Failed) {
        view.failure = Some(deployment.rollout_state_reason().unwrap_or("the deployment has failed").to_owned());
    }
}

/// The share of running tasks; all to the primary revision, the first, as long as none runs.
fn split(revisions: &[RevisionView]) -> Split {
    let whole: u32 = revisions.iter().map(|revision| revision.running).sum();
    let Some(first) = revisions.first() else { return Split::empty() };
    if whole == 0 {
        return Split::all(&first.id);
    }
    let mut shares: Vec<(RevisionId, u16)> =
        revisions.iter().map(|revision| (revision.id.clone(), Percent::of(revision.running, whole).basis_points())).collect();
    let given: u16 = shares.iter().map(|(_, share)| share).sum();
    if let Some((_, largest)) = shares.iter_mut().max_by_key(|(_, share)| *share) {
        *largest += 10_000 - given;
    }
    let shares = shares.into_iter().filter_map(|(id, share)| Some((id, Percent::try_from(share).ok()?)));
    Split::new(shares).unwrap_or_else(|_| Split::all(&first.id))
}
