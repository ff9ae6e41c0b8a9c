//! Free addresses of subnets.

use std::collections::{BTreeMap, BTreeSet};

use deployment_core::Result;

use super::ec2::Ec2;
use crate::preflight::{Findings, Tasks};

/// Free addresses by subnet.
type Free = BTreeMap<String, u64>;

pub(super) async fn compare(ec2: &Ec2, tasks: &[Tasks], findings: &mut Findings) -> Result<()> {
    let asked = by_part(tasks.iter().filter(|tasks| tasks.count > 0 && !tasks.subnets.is_empty()));
    let asked: Vec<_> = asked.iter().collect();
    if asked.is_empty() {
        return Ok(());
    }
    let all = asked.iter().flat_map(|tasks| subnets(tasks)).collect();
    if let Some(free) = findings.if_allowed(ec2.free(&all).await)? {
        judge(&asked, &free, findings);
    }
    Ok(())
}

/// The tasks of a service with several capacity providers have their addresses in the same subnets, and are one part.
fn by_part<'a>(tasks: impl Iterator<Item = &'a Tasks>) -> Vec<Tasks> {
    let mut parts: Vec<Tasks> = Vec::new();
    for tasks in tasks {
        match parts.iter_mut().find(|part| part.of == tasks.of && part.cluster == tasks.cluster && subnets(part) == subnets(tasks)) {
            Some(part) => part.count = part.count.saturating_add(tasks.count),
            None => parts.push(tasks.clone()),
        }
    }
    parts
}

fn judge(asked: &[&Tasks], free: &Free, findings: &mut Findings) {
    let (told, problems) = (&mut BTreeSet::new(), findings.problems.len());
    for tasks in asked {
        alone(tasks, free, told, findings);
    }
    // What does not fit alone has been told; then nothing new is learnt of all together.
    if findings.problems.len() == problems {
        together(asked, free, findings);
    }
}

fn alone<'a>(tasks: &'a Tasks, free: &Free, told: &mut BTreeSet<&'a str>, findings: &mut Findings) {
    let (of, known) = (&tasks.of, subnets(tasks));
    let missing: Vec<_> = known.iter().copied().filter(|id| !free.contains_key(*id)).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return findings.problem(format!("There is no subnet {missing}, in which {of} would run; mend its network configuration."));
    }
    if total(&known, free) < u64::from(tasks.count) {
        return findings.problem(format!(
            "Too few addresses are free for {of}, which needs {}: {}; free some, or give it another subnet.",
            tasks.count,
            listed(&known, free)
        ));
    }
    for full in known.into_iter().filter(|id| free.get(*id) == Some(&0)) {
        if told.insert(full) {
            findings.warn(format!("The subnet {full} has no free address; tasks of {of} start in the others only."));
        }
    }
}

/// All that must find its addresses in the same subnets: those of each, and those of all.
fn together(asked: &[&Tasks], free: &Free, findings: &mut Findings) {
    let mut sets: BTreeSet<BTreeSet<&str>> = asked.iter().map(|tasks| subnets(tasks)).collect();
    sets.insert(asked.iter().flat_map(|tasks| subnets(tasks)).collect());
    for set in sets {
        let within: Vec<_> = asked.iter().filter(|tasks| subnets(tasks).is_subset(&set)).collect();
        let needed: u64 = within.iter().map(|tasks| u64::from(tasks.count)).sum();
        if total(&set, free) < needed {
            let all = within.iter().map(|tasks| tasks.of.as_str()).collect::<Vec<_>>().join(", ");
            let there = listed(&set, free);
            return findings.warn(format!("At the same time {all} would need {needed} addresses, and too few are free: {there}."));
        }
    }
}

fn subnets(tasks: &Tasks) -> BTreeSet<&str> {
    tasks.subnets.iter().map(String::as_str).collect()
}

fn total(of: &BTreeSet<&str>, free: &Free) -> u64 {
    of.iter().filter_map(|id| free.get(*id)).fold(0, |sum, free| sum.saturating_add(*free))
}

fn listed(of: &BTreeSet<&str>, free: &Free) -> String {
    let each = of.iter().map(|id| format!("{id} has {}", free.get(*id).copied().unwrap_or_default()));
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Place;

    fn tasks(of: &str, count: u32, subnets: &[&str]) -> Tasks {
        let subnets = subnets.iter().map(|id| (*id).to_owned()).collect();
        Tasks { of: of.into(), cluster: "main".into(), count, cpu: 256, memory: 512, place: Place::Fargate, subnets }
    }

    fn told(asked: &[Tasks], free: &[(&str, u64)]) -> Findings {
        let mut findings = Findings::default();
        let free = free.iter().map(|(id, free)| ((*id).to_owned(), *free)).collect();
        judge(&asked.iter().collect::<Vec<_>>(), &free, &mut findings);
        findings
    }

    #[test]
    fn as_many_as_there_are_fit_and_one_more_does_not() {
        let free = [("a", 2), ("b", 3)];
        assert_eq!(told(&[tasks("blue", 5, &["a", "b"])], &free), Findings::default());
        let problems = told(&[tasks("blue", 6, &["a", "b", "b"])], &free).problems;
        assert_eq!(
            problems,
            ["Too few addresses are free for blue, which needs 6: a has 2, b has 3; free some, or give it another subnet."]
        );
    }

    #[test]
    fn together_they_share_what_is_free_also_where_one_has_more_subnets() {
        let asked = [tasks("blue", 2, &["a"]), tasks("green", 2, &["a"]), tasks("job", 1, &["a", "b"])];
        let findings = told(&asked, &[("a", 3), ("b", 9)]);
        assert_eq!(findings.warnings, ["At the same time blue, green would need 4 addresses, and too few are free: a has 3."]);
        assert!(findings.problems.is_empty());
        assert_eq!(told(&asked, &[("a", 4), ("b", 1)]), Findings::default());
        assert_eq!(told(&asked, &[("a", 4), ("b", 0)]).warnings.len(), 2);
    }

    #[test]
    fn a_subnet_without_end_is_never_full() {
        assert_eq!(told(&[tasks("blue", 6, &["a", "b"])], &[("a", u64::MAX), ("b", u64::MAX)]), Findings::default());
    }
}
