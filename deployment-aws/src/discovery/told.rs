//! What was seen, in words.

use std::collections::BTreeSet;

use super::{
    arn::RegistryArn,
    cloud_map::Health,
    look::{Seen, Standing},
};

/// How many tasks are named; a journal keeps each word.
const NAMED: usize = 3;

/// Everything that is not as it should be.
pub(super) fn faults(all: &[Seen]) -> Vec<String> {
    let mut faults = Vec::new();
    for seen in all {
        if seen.running.is_empty() && seen.wanted > 0 {
            faults.push(format!("no task of {} runs, {} are wanted", seen.service, seen.wanted));
        }
        for (arn, standing) in &seen.registries {
            match standing {
                Some(standing) => of_registry(seen, standing, &mut faults),
                None => faults.push(format!("the registry {arn} of {} does not exist: nobody finds its tasks", seen.service)),
            }
        }
    }
    faults
}

fn of_registry(seen: &Seen, standing: &Standing, faults: &mut Vec<String>) {
    let (registry, service, running) = (&standing.registry, &seen.service, seen.running.len());
    for (what, ids) in [("not registered", &standing.missing), ("not healthy", &standing.unhealthy)] {
        if !ids.is_empty() {
            let count = ids.len();
            faults.push(format!("{what} in {registry}: {count} of {running} running tasks of {service}, {}", named(ids)));
        }
    }
    if !standing.gone.is_empty() {
        let (count, ids) = (standing.gone.len(), named(&standing.gone));
        faults.push(format!("still registered in {registry}: {count} of {service} that ECS does not run any more, {ids}"));
    }
}

/// The registries, if they are not those that they must be.
pub(super) fn moved(all: &[Seen], expected: &BTreeSet<RegistryArn>) -> Option<String> {
    let found: BTreeSet<_> = all.iter().flat_map(|seen| seen.registries.keys().cloned()).collect();
    let list = |arns: &BTreeSet<RegistryArn>| arns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let is = if found.is_empty() { "none".to_owned() } else { list(&found) };
    let services = || all.iter().map(|seen| seen.service.as_str()).collect::<Vec<_>>().join(", ");
    // Each service for itself: one without a registry is not made up for by the other.
    let lacks = all.iter().any(|seen| seen.registries.is_empty());
    (found != *expected || lacks).then(|| {
        let lack = if lacks && !found.is_empty() { ", and not of each" } else { "" };
        format!("the registry of {} is {is}{lack}; it must be {}", services(), list(expected))
    })
}

/// Tasks that are registered, and nobody knows how they are.
pub(super) fn unknown(all: &[Seen]) -> Option<String> {
    let standings = all.iter().flat_map(|seen| seen.registries.values().flatten());
    let told: Vec<_> = standings.filter(|standing| !standing.unknown.is_empty()).map(unknown_in).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

fn unknown_in(standing: &Standing) -> String {
    format!("the health of {} tasks in {} is not known yet: {}", standing.unknown.len(), standing.registry, named(&standing.unknown))
}

/// That all is well.
pub(super) fn well(all: &[Seen]) -> String {
    let mut told = Vec::new();
    for seen in all {
        for standing in seen.registries.values().flatten() {
            let unchecked = if standing.registry.health == Health::Unchecked { ", where health is not checked" } else { "" };
            told.push(format!(
                "{} running tasks of {} are registered in {}{unchecked}",
                seen.running.len(),
                seen.service,
                standing.registry
            ));
        }
    }
    told.join("; ")
}

fn named(ids: &[String]) -> String {
    let more = ids.len().saturating_sub(NAMED);
    let shown = ids.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_named_and_the_rest_counted() {
        let ids = |count: u32| (1..=count).map(|number| number.to_string()).collect::<Vec<_>>();
        assert_eq!(named(&ids(3)), "1, 2, 3");
        assert_eq!(named(&ids(250)), "1, 2, 3 and 247 more");
    }
}
