//! The whole sweep: every scenario killed at every point and at pairs of points, and frozen at every point while another driver takes
//! over. `cargo bench -p deployment-benches --bench sweep`.
//!
//! An argument that is a number sweeps every so-many-th point only.

use std::{
    sync::{Mutex, PoisonError},
    thread,
};

use deployment_core::{
    Result,
    testkit::sweep::{Landed, Ran, Scenario, Thaw},
};
use tokio::time::Instant;

/// How much further on the second crash comes: in the first calls of the recovery at about every third, in the rest of it further on.
const SECOND: [usize; 6] = [3, 7, 12, 18, 27, 45];

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let stride = std::env::args().filter_map(|argument| argument.parse::<usize>().ok()).next().unwrap_or(1).max(1);
    let began = Instant::now();
    let scenarios = Mutex::new(Scenario::all());
    let total = Mutex::new(Swept::default());
    thread::scope(|threads| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            threads.spawn(|| {
                while let Some(scenario) = lock(&scenarios).pop() {
                    let swept = Swept::of(&scenario, stride);
                    println!("{scenario}: {}", swept.told());
                    lock(&total).add(&swept);
                }
            });
        }
    });
    let total = lock(&total);
    println!("in all: {} in {:.0} s", total.told(), began.elapsed().as_secs_f64());
    if total.wrong > 0 { Err("a crash or a freeze changed how a deployment ended".into()) } else { Ok(()) }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How much was swept.
#[derive(Debug, Default)]
struct Swept {
    points: usize,
    single: usize,
    pairs: usize,
    freezes: usize,
    window: usize,
    wrong: usize,
}

impl Swept {
    fn of(scenario: &Scenario, stride: usize) -> Self {
        let mut swept = Self::default();
        let points = match scenario.run(&[], None) {
            Ok(ran) => ran.points.len(),
            Err(error) => {
                println!("{scenario} does not run: {error:?}");
                return Self { wrong: 1, ..swept };
            }
        };
        swept.points = points;
        for point in (0..points).step_by(stride) {
            swept.wrong += usize::from(differs(scenario, &format!("killed at {point}"), scenario.run(&[point], None)));
            swept.single += 1;
            for second in SECOND.map(|more| point + more) {
                swept.wrong +=
                    usize::from(differs(scenario, &format!("killed at {point} and {second}"), scenario.run(&[point, second], None)));
                swept.pairs += 1;
            }
            for thaw in [Thaw::Beside, Thaw::After] {
                let ran = scenario.run_frozen(point, thaw, None);
                swept.window += usize::from(ran.as_ref().is_ok_and(|ran| ran.landed == Landed::InTheWindow));
                swept.wrong += usize::from(differs(scenario, &format!("frozen at {point}, {thaw:?}"), ran));
                swept.freezes += 1;
            }
        }
        swept
    }

    fn add(&mut self, more: &Self) {
        self.points += more.points;
        self.single += more.single;
        self.pairs += more.pairs;
        self.freezes += more.freezes;
        self.window += more.window;
        self.wrong += more.wrong;
    }

    fn told(&self) -> String {
        let Self { points, single, pairs, freezes, window, wrong } = self;
        format!(
            "{points} points; {single} crashes, {pairs} pairs of crashes, {freezes} freezes ({window} in the window that no fence closes); {wrong} wrong"
        )
    }
}

fn differs(scenario: &Scenario, how: &str, ran: Result<Ran>) -> bool {
    match ran {
        Ok(ran) if ran.violations.is_empty() && ran.ended == scenario.must_end() => false,
        Ok(ran) => {
            println!("{scenario} {how}: {} {:?}\n{}", ran.ended, ran.violations, ran.story);
            true
        }
        Err(error) => {
            println!("{scenario} {how}: {error:?}");
            true
        }
    }
}
