//! The whole crash sweep: every point of every scenario, and pairs of points. `cargo bench -p deployment-benches --bench sweep`.
//!
//! An argument that is a number sweeps every so-many-th point only.

use deployment_core::testkit::sweep::Scenario;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stride = std::env::args().filter_map(|argument| argument.parse::<usize>().ok()).next().unwrap_or(1).max(1);
    let (mut single, mut pairs, mut wrong) = (0, 0, 0);
    for scenario in Scenario::all() {
        let reference = scenario.run(&[], None)?;
        let points = reference.points.len();
        for first in (0..points).step_by(stride) {
            wrong += usize::from(differs(&scenario, &[first], &reference.ended));
            single += 1;
            // The second crash hits the recovery: its first calls at every third, the rest of it further on.
            for second in [3, 7, 12, 18, 27, 45].map(|more| first + more) {
                wrong += usize::from(differs(&scenario, &[first, second], &reference.ended));
                pairs += 1;
            }
        }
        println!("{scenario}: {points} points, {wrong} wrong so far");
    }
    println!("swept {single} points and {pairs} pairs; {wrong} ended otherwise");
    if wrong > 0 { Err("a crash changed how a deployment ended".into()) } else { Ok(()) }
}

fn differs(scenario: &Scenario, crashes: &[usize], reference: &str) -> bool {
    match scenario.run(crashes, None) {
        Ok(ran) if ran.violations.is_empty() && ran.ended == reference => false,
        Ok(ran) => {
            println!("{scenario} killed at {crashes:?}: {} {:?}\n{}", ran.ended, ran.violations, ran.story);
            true
        }
        Err(error) => {
            println!("{scenario} killed at {crashes:?}: {error:?}");
            true
        }
    }
}
