//! Deployments that are killed or frozen at any point end as they would have, with everything kept that must hold.
//!
//! A seeded sample of what is there to sweep; the whole is a command of the benches.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use std::{collections::BTreeSet, sync::LazyLock};

use deployment_core::{
    Result,
    testkit::sweep::{Defect, Landed, Ran, Scenario, Situation, Thaw},
};

/// Every scenario, with how it goes if nothing is done to it.
static UNDISTURBED: LazyLock<Vec<(Scenario, Ran)>> =
    LazyLock::new(|| Scenario::all().into_iter().map(|scenario| (scenario.clone(), scenario.run(&[], None).unwrap())).collect());

/// Numbers that look random and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % below as u64).unwrap()
    }
}

/// Goes through every scenario, and through about one in `every` of its points, with what `sweep` does there; none may be wrong.
fn sample(what: &str, every: usize, seed: u64, sweep: impl Fn(&Scenario, usize, &mut Dice) -> (String, Result<Ran>)) {
    let mut dice = Dice(seed);
    let (mut swept, mut all) = (0, 0);
    let mut found = Vec::new();
    for (scenario, undisturbed) in UNDISTURBED.iter() {
        let points = undisturbed.points.len();
        all += points;
        for _ in 0..points.div_ceil(every) {
            let point = dice.roll(points);
            let (how, ran) = sweep(scenario, point, &mut dice);
            found.extend(wrong(scenario, ran).map(|wrong| format!("{scenario} {how} ({}): {wrong}", undisturbed.points[point])));
            swept += 1;
        }
    }
    println!("{what}: {swept} of {all} points of {} scenarios, seed {seed}; {} wrong", UNDISTURBED.len(), found.len());
    assert!(found.is_empty(), "{} of {swept} ended otherwise, for instance:\n{}", found.len(), found[0]);
}

fn wrong(scenario: &Scenario, ran: Result<Ran>) -> Option<String> {
    match ran {
        Ok(ran) if ran.violations.is_empty() && ran.ended == scenario.must_end() => None,
        Ok(ran) => Some(format!("{} {:#?}\n{}", ran.ended, ran.violations, ran.story)),
        Err(error) => Some(format!("{error:?}")),
    }
}

fn scenario(shown: &str) -> Scenario {
    Scenario::all().into_iter().find(|scenario| scenario.to_string() == shown).unwrap()
}

#[test]
fn undisturbed_every_scenario_ends_as_it_should() {
    let mut found = Vec::new();
    for (scenario, ran) in UNDISTURBED.iter() {
        println!("{scenario}: {} after {} points", ran.ended, ran.points.len());
        if !ran.violations.is_empty() || ran.ended != scenario.must_end() {
            found.push(format!("{scenario}: {} {:#?}\n{}", ran.ended, ran.violations, ran.story));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_crash_at_any_point_changes_nothing() {
    sample("crashes", 43, 1, |scenario, point, _| (format!("killed at {point}"), scenario.run(&[point], None)));
}

#[test]
fn a_second_crash_during_recovery_changes_nothing() {
    sample("pairs of crashes", 61, 2, |scenario, point, dice| {
        let second = point + 1 + dice.roll(48);
        (format!("killed at {point} and {second}"), scenario.run(&[point, second], None))
    });
}

#[test]
fn a_driver_that_freezes_and_thaws_when_another_has_taken_over_changes_nothing() {
    sample("freezes", 61, 3, |scenario, point, dice| {
        let thaw = [Thaw::Beside, Thaw::After][dice.roll(2)];
        (format!("frozen at {point}, {thaw:?}"), scenario.run_frozen(point, thaw, None))
    });
}

#[test]
fn a_rollout_of_the_platform_that_failed_while_nobody_drove_goes_back() {
    for situation in [Situation::PlatformFails, Situation::PlatformGoesBack] {
        let scenario = scenario(&format!("platform-run, 1 targets, {situation:?}"));
        let replaced = scenario.run(&[], None).unwrap().points.iter().position(|point| point == "after backend.replace").unwrap();
        assert_eq!(wrong(&scenario, scenario.run(&[replaced], None)), None);
    }
}

#[test]
fn a_held_call_that_lands_where_the_successor_halted_leaves_it_halted() {
    let scenario = scenario("rolling, 1 targets, Drift");
    let points = scenario.run(&[], None).unwrap().points;
    let scales = points.iter().position(|point| point == "before backend.scale").unwrap();
    let ran = scenario.run_frozen(scales, Thaw::After, None).unwrap();
    assert_eq!(ran.landed, Landed::InTheWindow, "the successor has changed nothing there");
    assert_eq!(wrong(&scenario, Ok(ran)), None);
}

/// The rules that an engine with a defect breaks.
fn broken(ran: Result<Ran>) -> BTreeSet<&'static str> {
    ran.unwrap().violations.iter().map(|violation| violation.rule).collect()
}

#[test]
fn an_engine_that_does_not_read_back_or_wait_is_caught_without_a_crash() {
    for (defect, shown) in
        [(Defect::RetireBeforeDrain, "canary, 1 targets, Good"), (Defect::SkipReadBack, "rolling, 1 targets, LateRoutes")]
    {
        let scenario = scenario(shown);
        assert_eq!(broken(scenario.run(&[], None)), BTreeSet::new(), "the engine as it is");
        let rules = broken(scenario.run(&[], Some(defect)));
        println!("{defect:?}, {scenario}: {rules:?}");
        assert!(!rules.is_empty(), "{defect:?} was not caught");
    }
}

#[test]
fn an_engine_that_repeats_a_launch_in_doubt_is_caught_by_a_crash() {
    let scenario = scenario("canary, 1 targets, Good");
    let points = scenario.run(&[], None).unwrap().points;
    let launched = points.iter().position(|point| point == "after backend.launch").unwrap();
    assert_eq!(broken(scenario.run(&[launched], None)), BTreeSet::new(), "the engine as it is");
    let rules = broken(scenario.run(&[launched], Some(Defect::RepeatInDoubtLaunch)));
    println!("killed at {launched}: {rules:?}");
    assert!(rules.contains("6 nothing is launched twice"), "{rules:?}");
}

#[test]
fn without_a_fence_a_driver_that_thaws_writes_and_launches_beside_its_successor() {
    let scenario = scenario("canary, 1 targets, Good");
    let points = scenario.run(&[], None).unwrap().points;
    let launches = points.iter().position(|point| point == "before backend.launch").unwrap();
    for (point, rule) in [(launches, "6 nothing is launched twice"), (launches + 2, "5 epochs only grow")] {
        assert_eq!(broken(scenario.run_frozen(point, Thaw::Beside, None)), BTreeSet::new(), "the fence as it is");
        let rules = broken(scenario.run_frozen(point, Thaw::Beside, Some(Defect::NoFence)));
        println!("frozen at {point} ({}): {rules:?}", points[point]);
        assert!(rules.contains(rule), "{rules:?}");
    }
}
