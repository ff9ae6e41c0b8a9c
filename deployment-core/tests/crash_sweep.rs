//! Deployments that are killed at every point end as they would have, with everything kept that must hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use deployment_core::testkit::sweep::{Scenario, Situation};

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
