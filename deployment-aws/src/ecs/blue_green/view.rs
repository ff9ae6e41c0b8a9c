//! What the two services and the rules come to, as the engine sees a target.

use aws_sdk_ecs::types::ServiceEvent;
use deployment_core::{
    Endpoint, Percent, Result, RevisionId, Routes, Split, TestRule,
    target::{RevisionView, TargetView},
};

use super::side::Side;
use crate::alb::{GroupHealth, GroupRoutes, TargetGroup};

/// How many of a service's events are shown.
const EVENTS: usize = 5;

pub(super) fn of(
    sides: &[Side; 2],
    health: &[GroupHealth; 2],
    routes: &GroupRoutes,
    previews: &[(TestRule, Endpoint)],
) -> Result<TargetView> {
    let split = split(sides, routes)?;
    let mut tests = Vec::new();
    for (rule, group) in &routes.tests {
        // A test rule for a service without tasks leads to nobody.
        if !sides.iter().any(|side| side.group == *group && side.is_empty()) {
            tests.push((rule.clone(), name(sides, group)?));
        }
    }
    let mut revisions = Vec::new();
    for (side, health) in sides.iter().zip(health) {
        if !side.is_empty() || health.draining > 0 || split.share(&side.revision) > Percent::ZERO {
            revisions.push(revision(side, health, preview(side, routes, previews)));
        }
    }
    Ok(TargetView { revisions, routes: Routes { split, tests }, rollout: None, events: events(sides) })
}

/// The shares of production traffic. A load balancer always sends it somewhere: where that is a service without tasks, nothing serves.
pub(super) fn split(sides: &[Side; 2], routes: &GroupRoutes) -> Result<Split> {
    if let [(group, _)] = routes.split.as_slice()
        && sides.iter().any(|side| side.group == *group && side.is_empty())
    {
        return Ok(Split::empty());
    }
    let named = routes.split.iter().map(|(group, share)| Ok((name(sides, group)?, *share)));
    Split::new(named.collect::<Result<Vec<_>>>()?)
}

/// The revision behind a target group; one that is not ours goes by the group's name.
fn name(sides: &[Side; 2], group: &TargetGroup) -> Result<RevisionId> {
    match sides.iter().find(|side| side.group == *group) {
        Some(side) => Ok(side.revision.clone()),
        None => RevisionId::new(format!("target-group/{group}")),
    }
}

fn revision(side: &Side, health: &GroupHealth, preview: Option<Endpoint>) -> RevisionView {
    // Targets that get requests may also be of tasks that are being replaced: those that may be are not counted.
    let healthy = health.known_healthy().map(|healthy| healthy.min(side.running()).saturating_sub(side.others_running()));
    RevisionView {
        id: side.revision.clone(),
        token: side.token().cloned(),
        release: side.definition.marks.release.clone(),
        desired: side.desired(),
        // A task that drains is not counted by ECS any more, and still has requests.
        running: side.running() + health.draining,
        healthy,
        in_flight: u64::from(health.draining),
        failure: side.failure(),
        preview,
    }
}

fn preview(side: &Side, routes: &GroupRoutes, previews: &[(TestRule, Endpoint)]) -> Option<Endpoint> {
    let leads_here = |rule: &TestRule| routes.tests.iter().any(|(other, group)| other == rule && *group == side.group);
    previews.iter().find(|(rule, _)| leads_here(rule)).map(|(_, endpoint)| endpoint.clone())
}

/// The latest events of both services, newest last.
fn events(sides: &[Side; 2]) -> Vec<String> {
    let mut events: Vec<_> = sides.iter().flat_map(|side| side.service.events().iter().take(EVENTS)).collect();
    events.sort_by_key(|event| event.created_at().map(|at| at.as_nanos()));
    events.into_iter().filter_map(ServiceEvent::message).map(str::to_owned).collect()
}
