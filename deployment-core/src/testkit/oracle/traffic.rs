//! Semantics 1, 2, 9 and 12: where traffic goes, and when.

use std::time::Duration;

use super::scene::{Moment, Scene, Start, Style};
use crate::{
    gate::GateVerdict,
    memory::Effect,
    plan::{Role, Step, WayBack, Work},
    share::{Percent, Split},
    target::{Capability, RolloutState},
    testkit::Violation,
};

const GATED: &str = "1 no traffic above the gated split";
const READ_BACK: &str = "2 routes are read back";
const STOPPED: &str = "12 a platform's rollout is stopped before the way back";
const ONTO_SICK: &str = "9 never back onto a sick stable";
const QUICK: &str = "12 at most two calls back to 100 % stable";

/// How old a gate's word may be when the effect is announced.
const GATE_AGE: Duration = Duration::from_secs(60);

pub(super) fn check(scene: &Scene<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    if scene.style != Style::PlatformRun {
        for (i, moment) in scene.moments.iter().enumerate() {
            if let Effect::Route { .. } = moment.effect {
                found.extend(check_share(scene, moment));
                found.extend(scene.moments.get(i + 1).and_then(|next| check_read_back(scene, moment, next)));
            }
        }
        found.extend(check_way_back(scene));
    } else {
        found.extend(scene.moments.iter().filter_map(|moment| check_stopped(scene, moment)));
    }
    found.extend(scene.moments.iter().filter_map(|moment| check_release(scene, moment)));
    found.extend(scene.moments.iter().filter(|moment| gives_traffic(scene, moment)).flat_map(|moment| check_passed(scene, moment)));
    found.extend(scene.moments.iter().filter_map(|moment| check_gates(scene, moment)));
    found.extend(scene.moments.iter().filter_map(|moment| check_sick(scene, moment)));
    found
}

/// On the way forward the candidate has the share of the step that asks; on the way back it never rises.
fn check_share(scene: &Scene<'_>, moment: &Moment<'_>) -> Option<Violation> {
    let share_of = |split: &Split| scene.candidate().map_or(Percent::ZERO, |candidate| split.share(candidate));
    let (before, after) = (share_of(&moment.before.routes.split), share_of(moment.split()));
    if !scene.is_forward(moment) {
        let told = format!("{} raises the candidate from {before} to {after} on the way back", moment.context.step);
        return (after > before).then(|| Violation::new(GATED, told));
    }
    let Some(Step { work: Work::Route { to: Role::Candidate, share: planned, .. }, .. }) = scene.plan.step(moment.context.step.as_str())
    else {
        return Some(Violation::new(GATED, format!("{} is no step that routes", moment.context.step)));
    };
    // Without a stable revision there is nobody to have the rest.
    let first = scene.start == Start::Empty && *planned > Percent::ZERO && after == Percent::ALL;
    let told = || format!("{} gives the candidate {after}, the plan says {planned}", moment.context.step);
    (after != *planned && !first).then(|| Violation::new(GATED, told()))
}

fn gives_traffic(scene: &Scene<'_>, moment: &Moment<'_>) -> bool {
    scene.is_forward(moment) && scene.plan.step(moment.context.step.as_str()).is_some_and(Step::gives_traffic) && !moment.again
}

/// What the plan has before this step was passed.
fn check_passed(scene: &Scene<'_>, moment: &Moment<'_>) -> Vec<Violation> {
    let (step, order) = (&moment.context.step, moment.event.order);
    if !scene.log.is_there() {
        return Vec::new();
    }
    let earlier = scene.plan.steps.iter().take_while(|earlier| earlier.id != *step);
    let missed = earlier.filter(|earlier| match earlier.work {
        Work::Bake { .. } | Work::Check { .. } => !scene.log.passed(&earlier.id, order),
        Work::Hold => !scene.log.promoted(&earlier.id, order),
        _ => false,
    });
    missed.map(|missed| Violation::new(GATED, format!("{step} came before {} was passed", missed.id))).collect()
}

/// A step's gates pass at most a minute before its effect is announced.
fn check_gates(scene: &Scene<'_>, moment: &Moment<'_>) -> Option<Violation> {
    let (step, order) = (&moment.context.step, moment.event.order);
    let gated = scene.plan.step(step.as_str()).is_some_and(|step| !step.gates.is_empty());
    if !gated || !scene.log.is_there() || !scene.is_forward(moment) || moment.again {
        return None;
    }
    let announced = scene.log.intent(&moment.context.token, order).map(|intent| intent.taped);
    let in_time = scene.log.gated(step, order).is_some_and(|(said, verdict)| {
        *verdict == GateVerdict::Pass && announced.is_none_or(|intent| intent.entry.at.since(said.entry.at) <= GATE_AGE)
    });
    (!in_time).then(|| Violation::new(GATED, format!("{step} came without its gates' word of the last minute")))
}

/// What is launched on the way forward is what was approved.
fn check_release(scene: &Scene<'_>, moment: &Moment<'_>) -> Option<Violation> {
    let id = super::scene::launched(moment.effect).filter(|_| scene.is_forward(moment))?;
    let release = moment.event.after.revision(id)?.release.as_deref()?;
    let told = || format!("{} launches {release} where {} was approved", moment.context.step, scene.target.release);
    (!release.runs_the_same_as(&scene.target.release)).then(|| Violation::new(GATED, told()))
}

/// No other call comes between a route and a look that shows its split, unless the way back begins.
fn check_read_back(scene: &Scene<'_>, route: &Moment<'_>, next: &Moment<'_>) -> Option<Violation> {
    let turned = scene.is_forward(route) && !scene.is_forward(next);
    if turned || next.context.token == route.context.token || scene.split_shown_between(route.index, next.index, route.split()) {
        return None;
    }
    Some(Violation::new(
        READ_BACK,
        format!("{} follows {} without a look between them that shows it", next.context.step, route.context.step),
    ))
}

/// Where the platform can stop its rollout, it does not go on beside the one that brings back what ran before.
fn check_stopped(scene: &Scene<'_>, moment: &Moment<'_>) -> Option<Violation> {
    let under_way = moment.before.rollout.as_ref().filter(|run| matches!(run.state, RolloutState::InProgress | RolloutState::Waiting))?;
    let replaced = matches!(moment.effect, Effect::Replace { .. }) && under_way.token.as_ref() != Some(&moment.context.token);
    let told = || format!("{} begins while the rollout {:?} is under way", moment.context.step, under_way.token);
    (replaced && scene.target.needs.has(Capability::Stop)).then(|| Violation::new(STOPPED, told()))
}

/// A route on the way back gives more to the stable revision only if that was healthy when last looked at.
fn check_sick(scene: &Scene<'_>, moment: &Moment<'_>) -> Option<Violation> {
    let stable = scene.stable().filter(|_| !scene.is_forward(moment))?;
    let more = moment.split().share(stable) > moment.before.routes.split.share(stable);
    let told = || format!("{} routes to {stable}, of which no instance is healthy", moment.context.step);
    (more && scene.known_healthy(moment, stable) == 0).then(|| Violation::new(ONTO_SICK, told()))
}

/// Where the stable revision stands whole, two calls bring everything back to it.
fn check_way_back(scene: &Scene<'_>) -> Option<Violation> {
    let (back, stable) = (scene.log.reversal()?, scene.stable()?);
    if scene.style == Style::Rolling || scene.plan.policy.way_back != WayBack::Immediate {
        return None;
    }
    let calls: Vec<_> = scene.moments.iter().filter(|moment| moment.event.order > back).collect();
    let first = calls.first()?;
    let whole = scene.begin.revision(stable).map_or(0, |stable| stable.desired);
    let stands = first.before.revision(stable).is_some_and(|stable| stable.healthy >= whole);
    if !stands || first.before.routes.split.sole() == Some(stable) {
        return None;
    }
    let until = calls.iter().position(|moment| moment.split().sole() == Some(stable))?;
    // A call that is repeated after a crash is the same call.
    let needed = calls.get(..=until).unwrap_or_default().iter().filter(|moment| !moment.again).count();
    (needed > 2).then(|| Violation::new(QUICK, format!("{needed} calls until {stable} had everything again")))
}
