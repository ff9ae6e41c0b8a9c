//! What must be undone on every way out is undone on every way out, once, also if the process dies meanwhile.

use std::sync::Arc;

use deployment_core::{
    DeploymentId, ErrorKind, Orchestrator, Plan, Plugins, Until,
    engine::Outcome,
    gate::GateVerdict,
    memory::{Behaviour, MemoryTarget},
    plan::{Capacity, Compensation, Step},
    signal::Signal,
    testkit::{
        fake::{ActionCall, FakeAction, FakeGate},
        faults::Faults,
        sample,
    },
};

use crate::scene::{Desk, begin, builder, canary, is_rolled_back, outcome, serves};

/// Automatic scaling is switched off for the time of the deployment.
struct Scene {
    desk: Desk,
    target: MemoryTarget,
    fixed: FakeAction,
    gate: FakeGate,
    faults: Faults,
    plan: Plan,
}

fn scene(behaviour: Behaviour) -> Scene {
    let target = MemoryTarget::builder().serving(sample::release("1"), 4).behaviour("2", behaviour).build();
    let (desk, fixed, gate, faults) = (Desk::new(), FakeAction::named("fixed size"), FakeGate::says([GateVerdict::Pass]), Faults::new());
    let step = Step::action("fixed-size", "fixed-size").unwrap().compensated_by(Compensation::Finally);
    let plan = builder().before(step).deploy("backend", Capacity::of(4), canary()).gate_step("backend/launch", "gate");
    let plan = plan.build(&plugins(&target, &fixed, &gate, &faults)).unwrap();
    Scene { desk, target, fixed, gate, faults, plan }
}

fn plugins(target: &MemoryTarget, fixed: &FakeAction, gate: &FakeGate, faults: &Faults) -> Plugins {
    let plugins = Plugins::new().target("backend", faults.target("backend", Arc::new(target.clone()))).unwrap();
    let plugins = plugins.action("fixed-size", faults.action("fixed-size", Arc::new(fixed.clone()))).unwrap();
    plugins.gate("gate", gate.clone()).unwrap()
}

impl Scene {
    /// A new process, which the faults can kill.
    fn process(&self) -> Orchestrator {
        self.desk
            .process_on(self.faults.journal(Arc::clone(&self.desk.journal)), &plugins(&self.target, &self.fixed, &self.gate, &self.faults))
    }

    #[track_caller]
    fn is_restored(&self) {
        let undone = self.fixed.calls().iter().filter(|call| matches!(call, ActionCall::Undo(..))).count();
        assert_eq!((undone, self.fixed.is_on()), (1, false));
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_success() {
    let scene = scene(Behaviour::healthy());
    assert_eq!(outcome(scene.process().run(&scene.plan).await.unwrap()), Outcome::Succeeded);
    assert_eq!(serves(&scene.target), "2");
    scene.is_restored();
}

#[tokio::test(start_paused = true)]
async fn after_a_way_back() {
    let scene = scene(Behaviour::never_healthy());
    is_rolled_back(&outcome(scene.process().run(&scene.plan).await.unwrap()), "backend/launch");
    assert_eq!(serves(&scene.target), "1");
    scene.is_restored();
}

#[tokio::test(start_paused = true)]
async fn after_a_rejection() {
    let scene = scene(Behaviour::healthy());
    scene.gate.set(GateVerdict::reject("frozen"));
    let ended = outcome(scene.process().run(&scene.plan).await.unwrap());
    assert!(matches!(&ended, Outcome::Rejected { reason } if reason.contains("frozen")), "{ended:?}");
    assert_eq!(scene.target.snapshot().revisions.len(), 1, "nothing was launched");
    scene.is_restored();
}

#[tokio::test(start_paused = true)]
async fn after_an_abort() {
    let scene = scene(Behaviour::healthy());
    let (id, mut handle) = begin(&scene.process(), &scene.plan).await;
    scene.desk.until_at(&id, "backend/bake-10").await;
    assert!(scene.fixed.is_on());
    scene.desk.say(&id, Signal::Abort).await;
    is_rolled_back(&outcome(handle.wait().await.unwrap()), "abort by bob");
    scene.is_restored();
}

#[tokio::test(start_paused = true)]
async fn also_what_failed_half_way() {
    let scene = scene(Behaviour::healthy());
    scene.fixed.fail_next(ErrorKind::Failed);
    let ended = outcome(scene.process().run(&scene.plan).await.unwrap());
    assert!(matches!(ended, Outcome::Rejected { .. }), "{ended:?}");
    scene.is_restored();
}

#[tokio::test(start_paused = true)]
async fn but_not_what_was_never_asked_for() {
    let (scene, id) = (scene(Behaviour::healthy()), DeploymentId::new("unasked").unwrap());
    scene.process().start_as(&id, &scene.plan).await.unwrap();
    scene.desk.say(&id, Signal::Abort).await;
    let ended = outcome(scene.process().drive(&id, Until::End).await.unwrap());
    assert!(matches!(ended, Outcome::Rejected { .. }), "{ended:?}");
    assert_eq!(scene.fixed.calls(), []);
}

/// One deployment whose process dies at a point, if one is given, and the next one takes over.
async fn dying_at(behaviour: Behaviour, point: Option<usize>) -> (Scene, Outcome) {
    let scene = scene(behaviour);
    let id = DeploymentId::new("dying").unwrap();
    scene.process().start_as(&id, &scene.plan).await.unwrap();
    if let Some(point) = point {
        scene.faults.crash_at(point);
    }
    loop {
        let process = scene.process();
        tokio::select! {
            biased;
            () = scene.faults.crashed() => scene.faults.revive(),
            ended = process.drive(&id, Until::End) => break (scene, outcome(ended.unwrap())),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn once_wherever_the_process_dies_while_it_is_undone() {
    let mut swept = 0;
    for behaviour in [Behaviour::healthy(), Behaviour::never_healthy()] {
        let (clean, expected) = dying_at(behaviour.clone(), None).await;
        let points = clean.faults.points();
        let undo = points.iter().position(|point| point == "before fixed-size.undo").unwrap();
        for (point, name) in points.iter().enumerate().skip(undo - 12) {
            let (scene, ended) = dying_at(behaviour.clone(), Some(point)).await;
            assert_eq!(ended, expected, "at {point}, {}", name);
            let undone = scene.fixed.calls().iter().filter(|call| matches!(call, ActionCall::Undo(..))).count();
            assert_eq!((undone, scene.fixed.is_on()), (1, false), "at {point}, {}", name);
            swept += 1;
        }
    }
    println!("{swept} points");
    assert!(swept > 40, "{swept}");
}
