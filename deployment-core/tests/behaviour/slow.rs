//! Plans of every kind on platforms that are slow at everything: a run takes no longer than its plan declares.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use deployment_core::{
    Percent, Plan, Plugins,
    engine::Outcome,
    gate::{self, Gate, GateVerdict},
    judge::Threshold,
    memory::{Behaviour, MemoryTarget},
    metric::{MetricSource, Query},
    plan::{Capacity, Compensation, Inconclusive, PlanBuilder, Policy, SickStable, Step, WayBack},
    strategy::{BlueGreen, Canary, Rolling, Strategy},
    testkit::{
        fake::{FakeAction, FakeMetrics},
        faults::{Call, Faults},
        sample,
    },
    watch::Watch,
};

use crate::{
    budget::ends_in_time,
    scene::{Desk, MINUTE, builder},
};

/// Numbers that look random; the same at every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 16
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.next()).unwrap() % from.len()].clone()
    }

    fn seconds(&mut self, from: &[u64]) -> Duration {
        Duration::from_secs(self.pick(from))
    }
}

/// Passes when it is asked for the so-manieth time.
fn slow_gate(times: u64) -> impl Gate {
    let asked = AtomicU64::new(0);
    gate::from_fn("slow", move |_| {
        let pass = asked.fetch_add(1, Ordering::Relaxed) >= times;
        async move { Ok(if pass { GateVerdict::Pass } else { GateVerdict::wait("not yet") }) }
    })
}

/// Near the usual deadlines of a launch, a route and a drain, on either side.
fn target(dice: &mut Dice) -> MemoryTarget {
    let errors = Behaviour::healthy().error_rate(Percent::new(30.0).unwrap());
    let sick = Behaviour::healthy().sick_under_traffic(Duration::from_secs(90));
    let behaviour =
        dice.pick(&[Behaviour::healthy(), Behaviour::healthy(), Behaviour::healthy(), errors, sick, Behaviour::never_healthy()]);
    MemoryTarget::builder()
        .serving(sample::release("1"), 4)
        .behaviour("2", behaviour)
        .readiness(dice.seconds(&[5, 5, 290, 300, 595, 605]))
        .route_delay(dice.seconds(&[0, 0, 0, 60, 110, 125]))
        .read_lag(dice.seconds(&[0, 0, 20, 60]))
        .drain(dice.seconds(&[10, 100, 280, 305]))
        .rollout_pace(dice.seconds(&[1, 600, 890, 910]))
        .build()
}

fn strategy(dice: &mut Dice) -> Arc<dyn Strategy> {
    let bake = dice.seconds(&[60, 300]);
    match dice.next() % 6 {
        0 => Arc::new(Canary::steps([10.0, 50.0, 100.0]).unwrap().bake(bake).watch("errors").unwrap()),
        1 if dice.next().is_multiple_of(4) => Arc::new(Canary::steps([50.0, 100.0]).unwrap().promote_by_hand_at(50.0).unwrap()),
        1 | 2 => Arc::new(BlueGreen::new().grace(bake).watch("errors").unwrap()),
        3 => {
            Arc::new(Rolling::new().surge(u32::try_from(dice.next() % 2).unwrap()).bake(bake).batch_pause(MINUTE).watch("errors").unwrap())
        }
        _ => Arc::new(Rolling::new().platform_run().bake(bake).watch("errors").unwrap()),
    }
}

fn policy(dice: &mut Dice) -> Policy {
    let shares = [70.0, 30.0, 5.0].map(|share| Percent::new(share).unwrap()).to_vec();
    let ramped = WayBack::Ramped { shares, pause: dice.seconds(&[10, 300]) };
    let last_known_good = SickStable::Deploy { release: Box::new(sample::release("0")) };
    Policy {
        way_back: dice.pick(&[WayBack::Immediate, ramped]),
        on_inconclusive: dice.pick(&[Inconclusive::RollBack, Inconclusive::Halt, Inconclusive::Ask]),
        on_sick_stable: dice.pick(&[SickStable::Halt, last_known_good]),
        ..Policy::default()
    }
}

/// One or two targets behind a gate and between actions, any of whose calls may hang.
fn plan(dice: &mut Dice, faults: &Faults) -> (Plugins, Plan, [MemoryTarget; 2]) {
    let targets = [target(dice), target(dice)];
    let metrics: Arc<dyn MetricSource> =
        if dice.next().is_multiple_of(6) { Arc::new(FakeMetrics::silent()) } else { Arc::new(targets[0].metrics()) };
    let rule = Threshold::error_rate(5.0).unwrap();
    let mut plugins = Plugins::new().watch("errors", Watch::metrics(metrics, Query::default(), rule)).unwrap();
    for (name, target) in ["backend", "frontend"].into_iter().zip(&targets) {
        plugins = plugins.target(name, faults.target(name, Arc::new(target.clone()))).unwrap();
    }
    for name in ["flag", "size"] {
        plugins = plugins.action(name, faults.action(name, Arc::new(FakeAction::named(name)))).unwrap();
    }
    let plugins = plugins.gate("gate", slow_gate(dice.pick(&[0, 0, 0, 100, 175, 181]))).unwrap();
    let mut gated = Step::action("flag", "flag").unwrap().within(dice.seconds(&[5, 900]));
    gated.gate_deadline = Duration::from_secs(1_800);
    let finally = Step::action("size", "size").unwrap().compensated_by(Compensation::Finally);
    let capacity = Capacity::of(4).at_least(3);
    let plan: PlanBuilder = builder().policy(policy(dice)).before(gated).before(finally).gate("gate");
    let mut plan = plan.deploy_with("backend", capacity, strategy(dice));
    if dice.next().is_multiple_of(2) {
        plan = if dice.next().is_multiple_of(2) { plan.commit() } else { plan };
        plan = plan.deploy_with("frontend", capacity, strategy(dice));
    }
    let plan = plan.build(&plugins).unwrap();
    (plugins, plan, targets)
}

#[tokio::test(start_paused = true)]
async fn no_run_takes_longer_than_its_plan_declares() {
    let mut ended = [0_u32; 4];
    for seed in 0..120 {
        let (mut dice, faults, desk) = (Dice(seed), Faults::new(), Desk::new());
        let (plugins, plan, targets) = plan(&mut dice, &faults);
        if dice.next().is_multiple_of(3) {
            let hang = dice.pick(&[Faults::hang, Faults::hang_after]);
            hang(&faults, Call::any().nth(1 + dice.next() % 120));
        }
        // The stable revision may fall sick too, in the middle.
        let (after, sickens) = (dice.seconds(&[100, 700, 2_500]), dice.next().is_multiple_of(4));
        let sicken = async {
            tokio::time::sleep(after).await;
            let stable = targets[0].snapshot().revisions.first().map(|revision| revision.id.clone());
            if let Some(stable) = stable.filter(|_| sickens) {
                targets[0].interfere(|at| at.sicken(&stable));
            }
        };
        let what = format!("seed {seed}");
        let (outcome, ()) = tokio::join!(ends_in_time(&desk, &plugins, &plan, &what), sicken);
        ended[match outcome {
            Outcome::Succeeded => 0,
            Outcome::RolledBack { .. } => 1,
            Outcome::Halted { .. } => 2,
            _ => 3,
        }] += 1;
    }
    println!("{ended:?} succeeded, rolled back, halted, otherwise");
    assert!(ended[..3].iter().all(|count| *count > 5), "{ended:?}: each must be there, or nothing is shown");
}
