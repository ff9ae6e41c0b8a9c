//! Deployments that are killed at every point end as they would have, with everything kept that must hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use deployment_core::testkit::sweep::{Defect, Scenario, Situation};

fn expected(scenario: &Scenario) -> &'static str {
    match scenario.situation {
        Situation::Good | Situation::First => "succeeded",
        Situation::Bad | Situation::NeverHealthy | Situation::FirstBad => "rolled back",
        Situation::Unchanged => "unchanged",
        Situation::Unclean => "rejected",
        Situation::Drift => "halted",
    }
}

#[test]
fn without_a_crash_every_scenario_ends_as_it_should() {
    let mut wrong = 0;
    for scenario in Scenario::all() {
        let ran = scenario.run(&[], None).unwrap();
        println!("{scenario}: {} after {} points", ran.ended, ran.points.len());
        if !ran.violations.is_empty() || ran.ended != expected(&scenario) {
            println!("{:#?}\n{}", ran.violations, ran.story);
            wrong += 1;
        }
    }
    assert_eq!(wrong, 0, "scenarios did not end as they should");
}

/// How a swept deployment must end: as it would have without the crash.
fn wrong(scenario: &Scenario, crashes: &[usize], reference: &str) -> Option<String> {
    let ran = match scenario.run(crashes, None) {
        Ok(ran) => ran,
        Err(error) => return Some(format!("{scenario} killed at {crashes:?}: {error:?}")),
    };
    let fine = ran.violations.is_empty() && ran.ended == reference;
    (!fine).then(|| {
        format!("{scenario} killed at {crashes:?} ({:?}): {} {:#?}\n{}", ran.points.get(crashes[0]), ran.ended, ran.violations, ran.story)
    })
}

/// A sample of the points; the whole sweep is a command of the benches.
const STRIDE: usize = 23;

#[test]
fn a_crash_at_any_point_changes_nothing() {
    let (mut swept, mut all) = (0, 0);
    let mut found = Vec::new();
    for (number, scenario) in Scenario::all().iter().enumerate() {
        let points = scenario.run(&[], None).unwrap().points.len();
        all += points;
        for point in (number % STRIDE..points).step_by(STRIDE) {
            found.extend(wrong(scenario, &[point], expected(scenario)));
            swept += 1;
        }
    }
    println!("swept {swept} of {all} points, every {STRIDE}th; {} wrong", found.len());
    assert!(found.is_empty(), "{} of {swept} ended otherwise, for instance:\n{}", found.len(), found[0]);
}

#[test]
fn a_second_crash_during_recovery_changes_nothing() {
    let mut swept = 0;
    let mut found = Vec::new();
    for (number, scenario) in Scenario::all().iter().enumerate() {
        let points = scenario.run(&[], None).unwrap().points.len();
        for step in 1..=4 {
            let first = points * step / 5;
            for second in 0..3 {
                found.extend(wrong(scenario, &[first, first + 5 + 9 * second + number % 9], expected(scenario)));
                swept += 1;
            }
        }
    }
    println!("swept {swept} pairs of points; {} wrong", found.len());
    assert!(found.is_empty(), "{} of {swept} ended otherwise, for instance:\n{}", found.len(), found[0]);
}

#[test]
fn a_broken_engine_is_caught() {
    for defect in [Defect::RetireBeforeDrain, Defect::SkipReadBack, Defect::RepeatInDoubtLaunch] {
        let good = Scenario::all().into_iter().find(|scenario| scenario.situation == Situation::Good).unwrap();
        let points = good.run(&[], Some(defect)).unwrap();
        let crashes = (0..points.points.len()).step_by(3).map(|point| vec![point]);
        let caught = std::iter::once(Vec::new()).chain(crashes).find_map(|crashes| {
            let ran = good.run(&crashes, Some(defect)).unwrap();
            (!ran.violations.is_empty()).then(|| (crashes, ran.violations[0].clone()))
        });
        let (crashes, violation) = caught.unwrap_or_else(|| panic!("{defect:?} was not caught"));
        println!("{defect:?} is caught at {crashes:?}: {violation}");
    }
}
