//! What must be undone on every way out cannot be undone: that is told, and nothing else is claimed than what is true.

use std::sync::Arc;

use deployment_core::{
    DeploymentId, ErrorKind, Orchestrator, Plan, Plugins, Status,
    engine::Outcome,
    memory::MemoryTarget,
    notify::Severity,
    plan::{Capacity, Compensation, Step},
    signal::Signal,
    strategy::{Canary, Rolling, Strategy},
    testkit::{
        fake::{ActionCall, FakeAction, FakeNotifier},
        faults::Faults,
    },
};

use crate::scene::{Desk, builder, canary, drive, is_halted, is_rolled_back, serves, serving};

/// Two things to restore; the one that comes second cannot be.
struct Scene {
    desk: Desk,
    target: MemoryTarget,
    alarms: FakeAction,
    scaling: FakeAction,
    notifier: FakeNotifier,
    faults: Faults,
    process: Orchestrator,
    plan: Plan,
    id: DeploymentId,
}

impl Scene {
    /// Halted, with version 2 serving.
    async fn new(strategy: impl Strategy) -> Self {
        let (desk, target, faults, notifier) = (Desk::new(), serving(), Faults::new(), FakeNotifier::new());
        let (alarms, scaling) = (FakeAction::named("alarms"), FakeAction::named("scaling"));
        let finally = |name: &str| Step::action(name, name).unwrap().compensated_by(Compensation::Finally);
        let plugins = Plugins::new().target("backend", target.clone()).unwrap().notifier("chat", notifier.clone()).unwrap();
        let plugins = plugins.action("alarms", faults.action("alarms", Arc::new(alarms.clone()))).unwrap();
        let plugins = plugins.action("scaling", faults.action("scaling", Arc::new(scaling.clone()))).unwrap();
        let plan = builder().before(finally("alarms")).before(finally("scaling")).deploy("backend", Capacity::of(4), strategy);
        let plan = plan.build(&plugins).unwrap();
        faults.fail("alarms.undo", ErrorKind::Failed, Status::Permanent);
        let process = desk.process(&plugins);
        let id = process.start(&plan).await.unwrap();
        let ended = drive(&process, &id).await;
        is_halted(&ended, "finally/alarms");
        let scene = Self { desk, target, alarms, scaling, notifier, faults, process, plan, id };
        assert_eq!(serves(&scene.target), "2");
        scene
    }

    async fn drive(&self) -> Outcome {
        drive(&self.process, &self.id).await
    }

    #[track_caller]
    fn undone(&self, alarms: usize, scaling: usize) {
        let count = |action: &FakeAction| action.calls().iter().filter(|call| matches!(call, ActionCall::Undo(..))).count();
        assert_eq!((count(&self.alarms), count(&self.scaling)), (alarms, scaling));
    }
}

fn one_step() -> Canary {
    Canary::steps([100.0]).unwrap()
}

#[tokio::test(start_paused = true)]
async fn it_is_told_and_kept_claimed() {
    let scene = Scene::new(canary()).await;
    let worst = scene.notifier.events().into_iter().filter(|event| event.severity >= Severity::Warning).map(|event| event.text);
    let worst: Vec<_> = worst.collect();
    assert!(worst.iter().any(|text| text.contains("finally/alarms")), "{worst:?}");
    assert_eq!(scene.desk.claimant(&scene.plan).await.as_ref(), Some(&scene.id));
    scene.undone(0, 1);
}

#[tokio::test(start_paused = true)]
async fn a_retry_does_what_is_left_and_it_has_succeeded() {
    let scene = Scene::new(one_step()).await;
    scene.desk.say(&scene.id, Signal::Retry).await;
    is_halted(&scene.drive().await, "finally/alarms");
    scene.faults.clear();
    scene.desk.say(&scene.id, Signal::Retry).await;
    assert_eq!(scene.drive().await, Outcome::Succeeded);
    scene.undone(1, 1);
}

#[tokio::test(start_paused = true)]
async fn closed_it_tries_what_is_left_once_more_and_is_closed() {
    let scene = Scene::new(one_step()).await;
    scene.faults.clear();
    scene.desk.say(&scene.id, Signal::Close).await;
    let ended = scene.drive().await;
    assert!(matches!(&ended, Outcome::Closed { reason } if reason.contains("finally/alarms")), "{ended:?}");
    scene.undone(1, 1);
}

#[tokio::test(start_paused = true)]
async fn closed_twice_it_is_closed_as_it_is() {
    let scene = Scene::new(one_step()).await;
    scene.desk.say(&scene.id, Signal::Close).await;
    is_halted(&scene.drive().await, "finally/alarms");
    scene.desk.say(&scene.id, Signal::Close).await;
    let ended = scene.drive().await;
    assert!(matches!(ended, Outcome::Closed { .. }), "{ended:?}");
    scene.undone(0, 1);
    assert_eq!(scene.desk.claimant(&scene.plan).await, None);
}

#[tokio::test(start_paused = true)]
async fn there_is_no_way_back_once_the_stable_revision_is_gone() {
    let scene = Scene::new(one_step()).await;
    let refused = scene.desk.try_say(&scene.id, Signal::RollBack).await.unwrap_err();
    assert!(refused.to_string().contains("no way back"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn where_there_is_one_a_way_back_is_gone_and_what_was_restored_is_left_alone() {
    for closed_before in [false, true] {
        let scene = Scene::new(Rolling::new().platform_run()).await;
        if closed_before {
            scene.desk.say(&scene.id, Signal::Close).await;
            is_halted(&scene.drive().await, "finally/alarms");
        }
        scene.faults.clear();
        scene.desk.say(&scene.id, Signal::RollBack).await;
        is_rolled_back(&scene.drive().await, "roll back by bob");
        assert_eq!(serves(&scene.target), "1", "what is claimed is what serves");
        scene.undone(1, 1);
        assert!(!scene.alarms.is_on() && !scene.scaling.is_on());
    }
}
