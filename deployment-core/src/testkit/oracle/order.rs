//! Semantics 5 and 6, and that nothing is launched twice: who asks for what, in which order, and after having said so.

use std::collections::BTreeMap;

use super::{
    log::Log,
    scene::{Moment, Scene, launched},
};
use crate::{
    engine::Call,
    id::DeploymentId,
    memory::{Cause, Effect},
    testkit::Violation,
};

const EPOCHS: &str = "5 epochs only grow";
const ONE: &str = "5 one deployment at a time";
const INTENT: &str = "6 the intent is durable before the call";
const ONCE: &str = "6 nothing is launched twice";
const REST: &str = "6 nothing is done after the end";

/// The chain by itself: numbers without gaps, epochs that grow.
pub(super) fn check_log(log: &Log<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for pair in log.entries().windows(2) {
        let [before, after] = pair else { continue };
        let (before, after) = (&before.entry, &after.entry);
        if after.epoch < before.epoch {
            found.push(Violation::new(EPOCHS, format!("entry {} of epoch {} follows epoch {}", after.sequence, after.epoch, before.epoch)));
        }
        if after.sequence != before.sequence + 1 {
            found.push(Violation::new(EPOCHS, format!("entry {} follows entry {}", after.sequence, before.sequence)));
        }
    }
    found
}

pub(super) fn check(scene: &Scene<'_>) -> Vec<Violation> {
    let mut found = check_epochs(scene);
    found.extend(check_alone(scene));
    found.extend(check_once(scene));
    if scene.log.is_there() {
        found.extend(scene.moments.iter().filter_map(|moment| check_intent(scene, moment)));
        found.extend(scene.moments.iter().filter_map(|moment| check_rest(scene, moment)));
    }
    found
}

fn check_epochs(scene: &Scene<'_>) -> Vec<Violation> {
    let mut highest = 0;
    let mut found = Vec::new();
    for Moment { context, .. } in &scene.moments {
        if context.epoch < highest {
            found.push(Violation::new(EPOCHS, format!("{} acts in epoch {} after epoch {highest}", context.step, context.epoch)));
        }
        highest = highest.max(context.epoch);
    }
    found
}

/// The calls of one deployment are not mixed with those of another.
fn check_alone(scene: &Scene<'_>) -> Option<Violation> {
    let callers = scene.events.iter().filter_map(|event| match &event.cause {
        Cause::Called { context, .. } => Some(&context.deployment),
        _ => None,
    });
    let mut blocks: Vec<&DeploymentId> = Vec::new();
    for caller in callers {
        if blocks.last() != Some(&caller) {
            if blocks.contains(&caller) {
                return Some(Violation::new(ONE, format!("{caller} goes on after another deployment has begun")));
            }
            blocks.push(caller);
        }
    }
    None
}

/// One revision per token, and per step that launches.
fn check_once(scene: &Scene<'_>) -> Vec<Violation> {
    let mut made = BTreeMap::new();
    let mut found = Vec::new();
    for moment in &scene.moments {
        let Some(revision) = launched(moment.effect) else { continue };
        for key in [format!("token {}", moment.context.token), format!("step {}", moment.context.step)] {
            let first = made.entry(key.clone()).or_insert(revision);
            if *first != revision {
                found.push(Violation::new(ONCE, format!("{key} made {first} and {revision}")));
            }
        }
    }
    found
}

fn check_intent(scene: &Scene<'_>, moment: &Moment<'_>) -> Option<Violation> {
    let Moment { context, effect, event, .. } = moment;
    match scene.log.intent(&context.token, event.order) {
        None => Some(Violation::new(INTENT, format!("{} ({}) was not announced", context.step, context.token))),
        Some(intent) if *intent.step != context.step || !is_what(intent.call, effect) => {
            Some(Violation::new(INTENT, format!("{} did {effect:?}, announced was {:?} by {}", context.step, intent.call, intent.step)))
        }
        Some(_) => None,
    }
}

/// Whether an effect is what was announced.
fn is_what(call: &Call, effect: &Effect) -> bool {
    match (call, effect) {
        (Call::Launch { count, .. }, Effect::Launch { count: done, .. })
        | (Call::Replace { count, .. }, Effect::Replace { count: done, .. }) => count == done,
        (Call::Route { routes }, Effect::Route { routes: done }) => routes == done,
        (Call::Scale { revision, count }, Effect::Scale { revision: of, count: done }) => revision == of && count == done,
        (Call::Retire { revision }, Effect::Retire { revision: done }) => revision == done,
        (Call::Stop { rollout }, Effect::Stop { rollout: done }) => rollout == done,
        _ => false,
    }
}

fn check_rest(scene: &Scene<'_>, moment: &Moment<'_>) -> Option<Violation> {
    scene.log.at_rest(moment.event.order)?;
    Some(Violation::new(REST, format!("{} acts although the deployment has ended or is halted", moment.context.step)))
}
