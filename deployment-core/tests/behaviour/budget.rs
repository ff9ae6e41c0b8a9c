//! Every run ends or halts within the time that its plan declares, also if a plugin never answers.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Options, Percent, Plan, Plugins,
    backup::VerifyLevel,
    engine::{Outcome, Record},
    gate::GateVerdict,
    judge::Threshold,
    memory::{Behaviour, MemoryTarget},
    metric::Query,
    migration::{Phase, Reversibility},
    plan::{Capacity, Compensation, Step},
    testkit::{
        TokioClock,
        fake::{FakeAction, FakeBackup, FakeGate, FakeMigration, FakeNotifier},
        faults::{Call, Faults},
        sample,
    },
    watch::Watch,
};

use crate::scene::{Desk, builder, canary, outcome};

/// How long every target may take to be observed, at an epoch's start and before a way back.
const SURVEY: Duration = Duration::from_secs(300);

struct Scene {
    desk: Desk,
    plugins: Plugins,
    plan: Plan,
    faults: Faults,
}

/// A canary with a plugin of every kind, each of which may hang; with a release that is good, or not.
fn scene(errors: f64) -> Scene {
    let behaviour = Behaviour::healthy().error_rate(Percent::new(errors).unwrap());
    let target = MemoryTarget::builder().serving(sample::release("1"), 4).behaviour("2", behaviour).build();
    let (desk, faults) = (Desk::new(), Faults::new());
    let rule = Threshold::error_rate(5.0).unwrap();
    let watch = Watch::metrics(faults.metrics("metrics", Arc::new(target.metrics())), Query::default(), rule);
    let plugins = Plugins::new().target("backend", faults.target("backend", Arc::new(target))).unwrap();
    let plugins = plugins.watch("errors", watch).unwrap();
    let plugins = plugins.gate("gate", faults.gate("gate", Arc::new(FakeGate::says([GateVerdict::Pass])))).unwrap();
    let plugins = plugins.notifier("chat", faults.notifier("chat", Arc::new(FakeNotifier::new()))).unwrap();
    let action = |name: &str| faults.action(name, Arc::new(FakeAction::named(name)));
    let plugins = plugins.action("flag", action("flag")).unwrap().action("size", action("size")).unwrap();
    let (copies, schema) = (FakeBackup::new(TokioClock::default()), FakeMigration::of(Phase::Expand, Reversibility::Reversible));
    let migrate = Step::migration("schema", "schema", &schema).unwrap();
    let plugins = plugins.backup("copies", faults.backup("copies", Arc::new(copies))).unwrap();
    let plugins = plugins.migration("schema", faults.migration("schema", Arc::new(schema))).unwrap();
    let backup = Step::backup("copies", "copies", VerifyLevel::Complete).unwrap();
    let mut gated = Step::action("flag", "flag").unwrap();
    gated.gate_deadline = Duration::from_secs(1_800);
    let finally = Step::action("size", "size").unwrap().compensated_by(Compensation::Finally);
    let plan = builder().before(gated).before(finally).before(backup).before(migrate).gate("gate");
    let plan = plan.deploy("backend", Capacity::of(4), canary().watch("errors").unwrap()).build(&plugins).unwrap();
    Scene { desk, plugins, plan, faults }
}

/// How long the run took, how long it might have, and how it ended.
async fn run(scene: &Scene) -> (Duration, Duration, Outcome) {
    let process = scene.desk.process(&scene.plugins);
    let id = process.start(&scene.plan).await.unwrap();
    let began = tokio::time::Instant::now();
    let week = Duration::from_secs(7 * 86_400);
    let ended = tokio::time::timeout(week, process.drive(&id, deployment_core::Until::End)).await.expect("it never ends").unwrap();
    let (took, mut budget, mut steps) = (began.elapsed(), scene.plan.forward_budget() + SURVEY, scene.plan.steps.len());
    for record in scene.desk.records(&id).await {
        match record {
            Record::ReversalPlanned { steps: back } => {
                budget += SURVEY + back.iter().map(Step::budget).sum::<Duration>();
                steps += back.len();
            }
            Record::ClosingPlanned { steps: closing } => {
                budget += closing.iter().map(Step::budget).sum::<Duration>();
                steps += closing.len();
            }
            _ => {}
        }
    }
    // A call that is open at a deadline is waited for; and notices may take a moment at the end.
    let options = Options::default();
    let slack = options.call_timeout * u32::try_from(steps).unwrap() + options.notice_grace;
    (took, budget + slack, outcome(ended))
}

async fn ends_in_time(scene: &Scene, what: &str) -> Outcome {
    let (took, budget, ended) = run(scene).await;
    assert!(took <= budget, "{what}: {took:?} of {budget:?}, {ended:?}");
    ended
}

const BAD: f64 = 30.0;

#[tokio::test(start_paused = true)]
async fn whatever_hangs_for_ever() {
    let calls = [
        "backend.observe",
        "backend.launch",
        "backend.scale",
        "backend.route",
        "backend.retire",
        "metrics.observe",
        "gate.evaluate",
        "chat.notify",
        "flag.prepare",
        "flag.apply",
        "flag.undo",
        "size.prepare",
        "size.apply",
        "size.undo",
        "copies.create",
        "copies.status",
        "copies.verify",
        "schema.apply",
        "schema.revert",
    ];
    for errors in [0.0, BAD] {
        let clean = scene(errors);
        let expected = ends_in_time(&clean, "nothing hangs").await;
        let reached = |call: &str| clean.faults.points().contains(&format!("before {call}"));
        for call in calls {
            let scene = scene(errors);
            scene.faults.hang(call);
            let ended = ends_in_time(&scene, &format!("{call} hangs, {errors} % errors")).await;
            // Nobody waits for a notifier, nor for what is not asked for.
            assert_eq!(ended == expected, call == "chat.notify" || !reached(call), "{call}: {ended:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_hangs_for_ever_once_it_has_had_its_effect() {
    for errors in [0.0, BAD] {
        for call in [
            "backend.launch",
            "backend.scale",
            "backend.route",
            "backend.retire",
            "flag.apply",
            "flag.undo",
            "size.apply",
            "size.undo",
            "copies.create",
            "schema.apply",
            "schema.revert",
        ] {
            let scene = scene(errors);
            scene.faults.hang_after(call);
            ends_in_time(&scene, &format!("{call} hangs after its effect, {errors} % errors")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_single_call_hangs() {
    let mut swept = 0;
    for errors in [0.0, BAD] {
        let clean = scene(errors);
        let expected = ends_in_time(&clean, "nothing hangs").await;
        assert_eq!(expected == Outcome::Succeeded, errors == 0.0, "{expected:?}");
        let calls = clean.faults.points().iter().filter(|point| point.starts_with("before")).count();
        for number in 1..=calls {
            for hang in [Faults::hang, Faults::hang_after] {
                let scene = scene(errors);
                hang(&scene.faults, Call::any().nth(u64::try_from(number).unwrap()));
                ends_in_time(&scene, &format!("call {number} hangs, {errors} % errors")).await;
                swept += 1;
            }
        }
    }
    println!("{swept} runs");
}

#[tokio::test(start_paused = true)]
async fn if_the_target_falls_silent_in_the_middle() {
    for errors in [0.0, BAD] {
        for after in [1, 8, 15, 30, 70, 90] {
            let scene = scene(errors);
            let faults = scene.faults.clone();
            let silence = async move {
                tokio::time::sleep(Duration::from_secs(after)).await;
                faults.hang("observe");
            };
            let what = format!("silent after {after} s, {errors} % errors");
            let (_, ended) = tokio::join!(silence, ends_in_time(&scene, &what));
            let over = errors > 0.0 && matches!(ended, Outcome::RolledBack { .. });
            assert!(over || matches!(ended, Outcome::Halted { .. }), "{what}: {ended:?}");
        }
    }
}
