//! Semantics 3 and 4: what serves is enough, and the stable revision stays whole for as long as it may be needed.

use super::scene::{Moment, Scene, Start, Style, serving, share};
use crate::{
    id::RevisionId,
    memory::{Effect, Snapshot},
    plan::Work,
    share::Percent,
    testkit::Violation,
};

const CAPACITY: &str = "3 serving capacity";
const WHOLE: &str = "4 the stable revision stays whole";
const BATCH: &str = "4 no batch before the previous one is healthy";

pub(super) fn check(scene: &Scene<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for moment in &scene.moments {
        match scene.style {
            _ if scene.start == Start::Empty => found.extend(check_first(scene, moment)),
            Style::Rolling | Style::PlatformRun => found.extend(check_sum(scene, moment)),
            _ => found.extend(check_each(scene, moment)),
        }
        if scene.style != Style::PlatformRun {
            found.extend(check_stable(scene, moment));
            found.extend(check_batch(scene, moment));
        }
    }
    found
}

/// Healthy instances that a revision keeps after a call, as far as the caller could know.
fn left(scene: &Scene<'_>, moment: &Moment<'_>, revision: &RevisionId) -> u32 {
    let known = scene.known_healthy(moment, revision);
    match moment.effect {
        Effect::Scale { revision: scaled, count } if scaled == revision => known.min(*count),
        Effect::Retire { revision: retired } if retired == revision => 0,
        _ => known,
    }
}

/// A call that gives a revision more traffic or takes instances from it leaves it enough for its share.
fn check_each(scene: &Scene<'_>, moment: &Moment<'_>) -> Option<Violation> {
    moment.split().iter().find_map(|(id, share)| {
        let (needed, left) = (share.of_instances(scene.target.capacity.minimum), left(scene, moment, id));
        let more = share > moment.before.routes.split.share(id);
        let fewer = left < scene.known_healthy(moment, id);
        let told = || format!("after {}, {id} has {share} of traffic and {left} healthy instances, it needs {needed}", moment.context.step);
        ((more || fewer) && left < needed).then(|| Violation::new(CAPACITY, told()))
    })
}

/// No call lets the healthy instances that serve together fall below the minimum.
fn check_sum(scene: &Scene<'_>, moment: &Moment<'_>) -> Option<Violation> {
    let sum =
        |snapshot: &Snapshot, count: &dyn Fn(&RevisionId) -> u32| -> u32 { serving(snapshot).map(|revision| count(&revision.id)).sum() };
    let before = sum(moment.before, &|id| scene.known_healthy(moment, id));
    let after = sum(&moment.event.after, &|id| left(scene, moment, id));
    let minimum = scene.target.capacity.minimum;
    let told = || format!("after {}, {after} healthy instances serve, {before} did before, {minimum} are the minimum", moment.context.step);
    (after < minimum && after < before).then(|| Violation::new(CAPACITY, told()))
}

/// Where nothing served before, what gets traffic must at least be alive.
fn check_first(scene: &Scene<'_>, moment: &Moment<'_>) -> Option<Violation> {
    let gets = |id: &RevisionId| moment.split().share(id) > moment.before.routes.split.share(id);
    let dead = moment.split().iter().map(|(id, _)| id).find(|id| gets(id) && left(scene, moment, id) == 0)?;
    Some(Violation::new(CAPACITY, format!("{} routes to {dead}, of which no instance is healthy", moment.context.step)))
}

/// Instances are taken from the stable revision only when nothing can need them any more.
fn check_stable(scene: &Scene<'_>, moment: &Moment<'_>) -> Vec<Violation> {
    let Some(stable) = scene.stable().and_then(|stable| moment.before.revision(stable)) else { return Vec::new() };
    let removed = match moment.effect {
        Effect::Retire { revision } => *revision == stable.id,
        // Batch by batch is how rolling works.
        Effect::Scale { revision, count } => scene.style == Style::SideBySide && *revision == stable.id && *count < stable.desired,
        _ => false,
    };
    if !removed {
        return Vec::new();
    }
    let step = &moment.context.step;
    let mut found = Vec::new();
    let weight = share(moment.before, Some(&stable.id));
    if weight > Percent::ZERO {
        found.push(Violation::new(WHOLE, format!("{step} takes from it while it has {weight} of traffic")));
    }
    if stable.in_flight > 0 {
        found.push(Violation::new(WHOLE, format!("{step} takes from it while {} requests are open", stable.in_flight)));
    }
    if scene.is_forward(moment) && scene.log.is_there() {
        let earlier = scene.plan.steps.iter().take_while(|earlier| earlier.id != *step);
        let bakes = earlier.filter(|earlier| matches!(earlier.work, Work::Bake { .. }));
        let missed = bakes.filter(|bake| !scene.log.passed(&bake.id, moment.event.order));
        found.extend(missed.map(|bake| Violation::new(WHOLE, format!("{step} takes from it before {} has passed", bake.id))));
    }
    found
}

/// Rolling: a batch begins when every instance of those before it is healthy.
fn check_batch(scene: &Scene<'_>, moment: &Moment<'_>) -> Option<Violation> {
    if scene.style != Style::Rolling || !scene.is_forward(moment) || moment.again {
        return None;
    }
    let candidate = moment.before.revision(scene.candidate()?)?;
    let begins = match moment.effect {
        Effect::Scale { revision, count } => moment.before.revision(revision).is_some_and(|scaled| {
            let grows = *revision == candidate.id && *count > scaled.desired;
            let shrinks = scene.stable() == Some(revision) && *count < scaled.desired;
            grows || shrinks
        }),
        _ => false,
    };
    let healthy = scene.known_healthy(moment, &candidate.id);
    let told =
        || format!("{} begins while {healthy} of {} instances of the last batch are healthy", moment.context.step, candidate.desired);
    (begins && healthy < candidate.desired).then(|| Violation::new(BATCH, told()))
}
