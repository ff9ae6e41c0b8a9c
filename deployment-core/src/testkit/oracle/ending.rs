//! Semantics 8 and 16, and that nothing is left behind: what must be there at the end, given how it is said to have ended.

use super::scene::{Scene, Start, Style, launched};
use crate::{
    engine::Outcome,
    memory::{Cause, RevisionSnapshot, Snapshot},
    plan::{SickStable, Work},
    release::Release,
    share::Percent,
    testkit::Violation,
};

const SUCCESS: &str = "8 success means that what was launched serves";
const WATCHED: &str = "8 success means that every bake has passed";
const BACK: &str = "8 rolled back means that the stable revision serves";
const STAYED: &str = "8 what stays on the new release is said";
const LEFT: &str = "nothing is left behind";
const START: &str = "16 a deployment starts from a clean target";
const DRIFT: &str = "16 drift halts";
const UNTOUCHED: &str = "16 nothing was changed";

/// What must hold whatever the outcome is: nothing is done on a target that is not clean, or that somebody else has changed.
pub(super) fn check_start(scene: &Scene<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    if let (Start::Unclean(why), Some(first)) = (&scene.start, scene.moments.first()) {
        found.push(Violation::new(START, format!("{} acts although {why}", first.context.step)));
    }
    found.extend(check_drift(scene));
    found
}

/// What must hold at the end.
pub(super) fn check(scene: &Scene<'_>, outcome: &Outcome) -> Vec<Violation> {
    let mut found = Vec::new();
    let touched = scene.moments.first().map(|first| first.context.step.clone());
    let Some(end) = scene.end() else { return found };
    match outcome {
        Outcome::Succeeded => found.extend(succeeded(scene, end)),
        Outcome::RolledBack { stayed, .. } => {
            let said = stayed.contains(&scene.target.name);
            if touched.is_some() && said != committed(scene) {
                found.push(Violation::new(STAYED, format!("{} is committed: {}, said to stay: {said}", scene.target.name, !said)));
            }
            found.extend(if committed(scene) { succeeded(scene, end) } else { rolled_back(scene, end) });
        }
        Outcome::Unchanged | Outcome::Rejected { .. } => {
            found.extend(touched.map(|step| Violation::new(UNTOUCHED, format!("{step} acted, the outcome is {outcome:?}"))));
            if *outcome == Outcome::Unchanged && !sole(end).is_some_and(|sole| runs(sole, &scene.target.release)) {
                found.push(Violation::new(SUCCESS, format!("the release does not serve alone: {}", end.routes.split)));
            }
        }
        Outcome::Halted { .. } | Outcome::Closed { .. } => {}
    }
    found
}

fn sole(snapshot: &Snapshot) -> Option<&RevisionSnapshot> {
    snapshot.revision(snapshot.routes.split.sole()?)
}

fn runs(revision: &RevisionSnapshot, release: &Release) -> bool {
    revision.release.as_deref().is_some_and(|runs| runs.runs_the_same_as(release))
}

/// Whether what was done on this target is not rolled back any more.
fn committed(scene: &Scene<'_>) -> bool {
    let last = scene.plan.steps.iter().rposition(|step| step.target.as_ref() == Some(&scene.target.name));
    let mut later = scene.plan.steps.iter().skip(last.map_or(usize::MAX, |last| last + 1));
    later.any(|step| step.work == Work::Commit && scene.log.done(&step.id, u64::MAX))
}

fn succeeded(scene: &Scene<'_>, end: &Snapshot) -> Vec<Violation> {
    let serves = end.routes.split.sole();
    let Some(candidate) = scene.candidate().filter(|candidate| serves == Some(candidate)).and_then(|candidate| end.revision(candidate))
    else {
        return vec![Violation::new(SUCCESS, format!("launched was {:?}, what serves is: {}", scene.candidate(), end.routes.split))];
    };
    let mut found = Vec::new();
    if !runs(candidate, &scene.target.release) {
        found.push(Violation::new(SUCCESS, format!("{} runs {:?}", candidate.id, candidate.release)));
    }
    if candidate.desired != scene.target.capacity.desired {
        found.push(Violation::new(SUCCESS, format!("{} has {} instances asked for", candidate.id, candidate.desired)));
    }
    let bakes = scene.plan.steps.iter().filter(|step| matches!(step.work, Work::Bake { .. }) && scene.log.is_there());
    let missed = bakes.filter(|bake| bake.target.as_ref() == Some(&scene.target.name) && !scene.log.passed(&bake.id, u64::MAX));
    found.extend(missed.map(|bake| Violation::new(WATCHED, format!("{} has not", bake.id))));
    found.extend(left_behind(scene, end, candidate));
    found
}

fn rolled_back(scene: &Scene<'_>, end: &Snapshot) -> Vec<Violation> {
    let Some(stable) = scene.stable() else {
        let mut found: Vec<_> = others(scene, end, None).map(|left| Violation::new(LEFT, format!("{} is still there", left.id))).collect();
        if !end.routes.split.is_empty() {
            found.push(Violation::new(BACK, format!("nothing served before, what serves now is: {}", end.routes.split)));
        }
        return found;
    };
    let before = scene.begin.revision(stable);
    let Some(serves) = sole(end) else {
        return vec![Violation::new(BACK, format!("{stable} served before, what serves now is: {}", end.routes.split))];
    };
    let same_release = || before.and_then(|before| before.release.as_deref()).is_some_and(|release| runs(serves, release));
    let fallback = match &scene.plan.policy.on_sick_stable {
        SickStable::Deploy { release } => serves.id != *stable && runs(serves, release),
        SickStable::Halt => false,
    };
    let good = fallback || serves.id == *stable || (scene.style == Style::PlatformRun && same_release());
    let mut found = Vec::new();
    if !good {
        found.push(Violation::new(BACK, format!("{stable} served before, {} serves now", serves.id)));
    }
    if serves.id == *stable && before.is_some_and(|before| before.desired != serves.desired) {
        let was = before.map_or(0, |before| before.desired);
        found.push(Violation::new(BACK, format!("{stable} had {was} instances asked for, it has {}", serves.desired)));
    }
    let left = left_behind(scene, end, serves);
    // A sick stable revision is evidence; whether it stays is not ours to say.
    found.extend(left.into_iter().filter(|left| !fallback || !left.detail.starts_with(stable.as_str())));
    found
}

fn left_behind(scene: &Scene<'_>, end: &Snapshot, serves: &RevisionSnapshot) -> Vec<Violation> {
    others(scene, end, Some(serves)).map(|left| Violation::new(LEFT, format!("{} is still there beside {}", left.id, serves.id))).collect()
}

/// Revisions that this deployment has to do with, besides the one that serves.
fn others<'a>(scene: &Scene<'_>, end: &'a Snapshot, serves: Option<&RevisionSnapshot>) -> impl Iterator<Item = &'a RevisionSnapshot> {
    let made: Vec<_> = scene.moments.iter().filter_map(|moment| launched(moment.effect)).chain(scene.stable()).cloned().collect();
    let serves = serves.map(|serves| serves.id.clone());
    end.revisions.iter().filter(move |revision| Some(&revision.id) != serves.as_ref() && made.contains(&revision.id))
}

/// After somebody else has moved traffic or removed what serves, and a look has shown it, nothing is done until a person says so.
fn check_drift(scene: &Scene<'_>) -> Option<Violation> {
    scene.events.windows(2).enumerate().find_map(|(i, pair)| {
        let [before, event] = pair else { return None };
        let moved = before.after.routes.split != event.after.routes.split || serving_ids(&before.after) != serving_ids(&event.after);
        if event.order < scene.began || event.cause != Cause::Interference || !moved {
            return None;
        }
        let acts = scene.moments.iter().find(|moment| {
            moment.index > i + 1 && scene.looked_between(i + 1, moment.index) && !scene.log.word_between(event.order, moment.event.order)
        })?;
        // Somebody who put things right again did not leave a drift.
        let still = acts.before.routes.split == event.after.routes.split;
        still.then(|| Violation::new(DRIFT, format!("{} acts on routes that somebody else has set", acts.context.step)))
    })
}

/// The revisions with traffic that exist.
fn serving_ids(snapshot: &Snapshot) -> Vec<(&crate::id::RevisionId, Percent)> {
    snapshot.routes.split.iter().filter(|(id, _)| snapshot.revision(id).is_some()).collect()
}
