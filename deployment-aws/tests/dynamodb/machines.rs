//! Whole deployments on a shared journal: drivers that are killed or frozen at any point, and the ones that take them up.

use std::sync::{Arc, LazyLock};

use deployment_core::{
    Result,
    journal::Journal,
    testkit::sweep::{Ran, Scenario, Thaw},
};

use crate::{
    cloud::{World, virtually},
    support::{PATIENCE, of_an_account},
};

/// How many points are swept of each kind. All are swept on the journal in memory, by the core's own tests and benches.
const KILLS: usize = 40;
const FREEZES: usize = 15;
const SEED: u64 = 4;

/// Every scenario, with how it goes if nothing is done to it: by the journal in memory, which is quicker.
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

/// A run on a journal that has nothing in it. As in memory, a process never dies in the middle of a request: points have the numbers that
/// they have there, and what was written is on the sweep's tape.
fn on_empty(run: impl FnOnce(Arc<dyn Journal>) -> Result<Ran>) -> Result<Ran> {
    let (_account, journal) = virtually(of_an_account(World::atomic_config, PATIENCE));
    run(Arc::new(journal))
}

fn wrong(scenario: &Scenario, ran: Result<Ran>) -> Option<String> {
    match ran {
        Ok(ran) if ran.violations.is_empty() && ran.ended == scenario.must_end() => None,
        Ok(ran) => Some(format!("{} {:#?}\n{}", ran.ended, ran.violations, ran.story)),
        Err(error) => Some(format!("{error:?}")),
    }
}

/// Does something at so many points of all that there are; none may end otherwise.
fn sample(what: &str, count: usize, sweep: impl Fn(&Scenario, usize, &mut Dice) -> Result<Ran>) {
    let mut dice = Dice(SEED);
    let (mut found, mut taken_over, mut points) = (Vec::new(), 0, 0);
    for (_, undisturbed) in UNDISTURBED.iter() {
        points += undisturbed.points.len();
    }
    for _ in 0..count {
        let (scenario, undisturbed) = &UNDISTURBED[dice.roll(UNDISTURBED.len())];
        let point = dice.roll(undisturbed.points.len());
        let ran = sweep(scenario, point, &mut dice);
        taken_over += usize::from(ran.as_ref().is_ok_and(|ran| ran.story.contains(" e2 ")));
        found.extend(wrong(scenario, ran).map(|wrong| format!("{scenario} at {}: {wrong}", undisturbed.points[point])));
    }
    println!(
        "{what}: {count} of {points} points of {} scenarios, seed {SEED}, {taken_over} taken over; {} wrong",
        UNDISTURBED.len(),
        found.len()
    );
    assert!(found.is_empty(), "{} of {count} ended otherwise, for instance:\n{}", found.len(), found[0]);
    assert!(taken_over > 0, "nobody ever took over");
}

#[test]
fn killed_at_any_point_another_process_ends_it_as_it_would_have_ended() {
    sample("killed", KILLS, |scenario, point, _| on_empty(|journal| scenario.run_on(journal, &[point])));
}

#[test]
fn killed_again_while_it_is_taken_up_it_still_ends_so() {
    sample("killed twice", KILLS / 2, |scenario, point, dice| {
        let again = point + 1 + dice.roll(30);
        on_empty(|journal| scenario.run_on(journal, &[point, again]))
    });
}

#[test]
fn frozen_for_longer_than_its_lease_a_driver_is_refused_when_it_thaws() {
    sample("frozen", FREEZES, |scenario, point, dice| {
        let thaw = if dice.roll(2) == 0 { Thaw::Beside } else { Thaw::After };
        on_empty(|journal| scenario.run_frozen_on(journal, point, thaw))
    });
}
