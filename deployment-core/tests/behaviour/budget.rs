//! Every run ends or halts within the time that its plan declares, forward and back, also if a plugin never answers.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Percent, Plan, Plugins,
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

/// How long every target may take to be observed, when a driver takes over and before a way back.
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

/// Drives a deployment to its end, which comes in time: from the first look to the end or the way back, and from there on.
pub(crate) async fn ends_in_time(desk: &Desk, plugins: &Plugins, plan: &Plan, what: &str) -> Outcome {
    let process = desk.process(plugins);
    let id = process.start(plan).await.unwrap();
    let week = Duration::from_secs(7 * 86_400);
    let ended = tokio::time::timeout(week, process.drive(&id, deployment_core::Until::End)).await.expect("it never ends").unwrap();
    let entries = desk.journal.read(&id, 0).await.unwrap();
    let (began, end) = (entries[1].at, entries[entries.len() - 1].at);
    let turned = desk.state(&id).await.reversal().map(|reversal| reversal.at);
    let (forward, back) = (turned.unwrap_or(end).since(began), turned.map(|turned| end.since(turned)).unwrap_or_default());
    assert!(forward <= plan.forward_budget(), "{what}: {forward:?} forward of {:?}, {ended:?}\n{plan}", plan.forward_budget());
    assert!(back <= plan.rollback_budget(), "{what}: {back:?} back of {:?}, {ended:?}\n{plan}", plan.rollback_budget());
    // What is declared fits in whole, with the time to look at the targets first.
    let declared = |steps: &[Step]| SURVEY + steps.iter().map(Step::budget).sum::<Duration>();
    for entry in entries {
        match entry.record {
            Record::ReversalPlanned { steps } => assert!(declared(&steps) <= plan.rollback_budget(), "{what}: {steps:?}"),
            Record::ClosingPlanned { steps } => {
                let all = [plan.steps.clone(), steps].concat();
                assert!(declared(&all) <= plan.forward_budget(), "{what}: {all:?}");
            }
            _ => {}
        }
    }
    outcome(ended)
}

async fn in_time(scene: &Scene, what: &str) -> Outcome {
    ends_in_time(&scene.desk, &scene.plugins, &scene.plan, what).await
}

const BAD: f64 = 30.0;

#[tokio::test(start_paused = true)]
async fn looking_at_the_targets_first_counts() {
    let mut scene = scene(0.0);
    for step in &mut scene.plan.steps {
        step.deadline = Duration::from_secs(5);
        step.gate_deadline = Duration::from_secs(5);
    }
    let silent = 9;
    scene.faults.hang(Call::named("backend.observe").first(silent));
    let steps: Duration = scene.plan.steps.iter().map(Step::budget).sum();
    assert!(steps < Duration::from_secs(30 * silent), "the steps alone would not be enough");
    in_time(&scene, "the target cannot be observed at first").await;
}

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
        let expected = in_time(&clean, "nothing hangs").await;
        let reached = |call: &str| clean.faults.points().contains(&format!("before {call}"));
        for call in calls {
            let scene = scene(errors);
            scene.faults.hang(call);
            let ended = in_time(&scene, &format!("{call} hangs, {errors} % errors")).await;
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
            in_time(&scene, &format!("{call} hangs after its effect, {errors} % errors")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_single_call_hangs() {
    let mut swept = 0;
    for errors in [0.0, BAD] {
        let clean = scene(errors);
        let expected = in_time(&clean, "nothing hangs").await;
        assert_eq!(expected == Outcome::Succeeded, errors == 0.0, "{expected:?}");
        let calls = clean.faults.points().iter().filter(|point| point.starts_with("before")).count();
        for number in 1..=calls {
            for hang in [Faults::hang, Faults::hang_after] {
                let scene = scene(errors);
                hang(&scene.faults, Call::any().nth(u64::try_from(number).unwrap()));
                in_time(&scene, &format!("call {number} hangs, {errors} % errors")).await;
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
            let (_, ended) = tokio::join!(silence, in_time(&scene, &what));
            let over = errors > 0.0 && matches!(ended, Outcome::RolledBack { .. });
            assert!(over || matches!(ended, Outcome::Halted { .. }), "{what}: {ended:?}");
        }
    }
}
