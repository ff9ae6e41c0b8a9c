//! An effect of which nobody can tell whether it happened: the deployment halts, and what people may say to it then.

use std::sync::Arc;

use deployment_core::{
    Actor, DeploymentId, ErrorKind, Orchestrator, Plan,
    action::ActionStatus,
    engine::Outcome,
    journal::FileJournal,
    memory::MemoryTarget,
    plan::{Capacity, Step},
    signal::{Resolution, Signal},
    testkit::{
        fake::{ActionCall, FakeAction},
        faults::{Call, Faults},
    },
};

use crate::scene::{Desk, builder, canary, drive, is_halted, serves, serving, with};

/// A deployment whose flag may or may not have been set: the answer was lost, and the flag cannot be looked at.
struct Scene {
    desk: Desk,
    target: MemoryTarget,
    flag: FakeAction,
    process: Orchestrator,
    plan: Plan,
    id: DeploymentId,
    directory: tempfile::TempDir,
}

impl Scene {
    /// Halted, in a journal on disk.
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let desk = Desk::on(Arc::new(FileJournal::open(directory.path()).unwrap()));
        let (target, flag, faults) = (serving(), FakeAction::named("flag").status_is(ActionStatus::Unknown), Faults::new());
        faults.lose_answer(Call::named("flag.apply").nth(1));
        let plugins = with(&target).action("flag", faults.action("flag", Arc::new(flag.clone()))).unwrap();
        let plan = builder().before(Step::action("flag", "flag").unwrap()).deploy("backend", Capacity::of(4), canary());
        let plan = plan.build(&plugins).unwrap();
        let process = desk.process(&plugins);
        let id = process.start(&plan).await.unwrap();
        let scene = Self { desk, target, flag, process, plan, id, directory };
        is_halted(&scene.drive().await, "uncertain");
        scene
    }

    async fn drive(&self) -> Outcome {
        drive(&self.process, &self.id).await
    }

    async fn say(&self, signal: Signal) {
        // Another process, which has opened the directory by itself.
        let journal = Arc::new(FileJournal::open(self.directory.path()).unwrap());
        let bob = Actor::new("bob").unwrap();
        Desk::on(journal).elsewhere().signal(&self.id, bob, "because", signal).await.unwrap();
    }

    fn applied(&self) -> usize {
        self.flag.calls().iter().filter(|call| matches!(call, ActionCall::Apply(..))).count()
    }

    fn undone(&self) -> usize {
        self.flag.calls().iter().filter(|call| matches!(call, ActionCall::Undo(..))).count()
    }
}

#[tokio::test(start_paused = true)]
async fn the_claim_is_kept_and_a_second_deployment_refused_until_it_is_closed() {
    let scene = Scene::new().await;
    assert_eq!(scene.desk.claimant(&scene.plan).await.as_ref(), Some(&scene.id));
    let refused = scene.process.start(&scene.plan).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(refused.to_string().contains(scene.id.as_str()) && refused.to_string().contains("close it"), "{refused}");
    // To drive it again decides nothing.
    is_halted(&scene.drive().await, "uncertain");
    scene.say(Signal::Close).await;
    let closed = scene.drive().await;
    let Outcome::Closed { reason } = &closed else { panic!("{closed:?}") };
    assert!(reason.contains("uncertain") && reason.contains("close by bob: because"), "{reason}");
    assert_eq!(scene.desk.claimant(&scene.plan).await, None);
    assert_eq!(serves(&scene.target), "1");
    scene.process.start(&scene.plan).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn verbs_that_are_not_open_are_refused_with_a_sentence() {
    let scene = Scene::new().await;
    let refused = [(Signal::Pause, "nothing to pause"), (Signal::Resume, "not paused"), (Signal::Promote, "does not wait for a promotion")];
    for (signal, says) in refused {
        let error = scene.desk.try_say(&scene.id, signal.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(says) && error.to_string().contains(signal.word()), "{error}");
    }
    scene.say(Signal::Close).await;
    scene.drive().await;
    for signal in [Signal::Retry, Signal::Resolve(Resolution::Done), Signal::RollBack, Signal::Abort, Signal::Close] {
        let error = scene.desk.try_say(&scene.id, signal).await.unwrap_err();
        assert!(error.to_string().contains("has ended"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn resolved_as_done_it_is_not_done_again() {
    let scene = Scene::new().await;
    scene.say(Signal::Resolve(Resolution::Done)).await;
    assert_eq!(scene.drive().await, Outcome::Succeeded);
    assert_eq!((scene.applied(), scene.undone(), serves(&scene.target).as_str()), (1, 0, "2"));
}

#[tokio::test(start_paused = true)]
async fn resolved_as_not_done_it_is_done() {
    let scene = Scene::new().await;
    scene.say(Signal::Resolve(Resolution::NotDone)).await;
    assert_eq!(scene.drive().await, Outcome::Succeeded);
    assert_eq!((scene.applied(), scene.undone(), serves(&scene.target).as_str()), (2, 0, "2"));
}

#[tokio::test(start_paused = true)]
async fn a_retry_looks_again_and_goes_on_when_it_can_be_told() {
    let scene = Scene::new().await;
    scene.say(Signal::Retry).await;
    is_halted(&scene.drive().await, "uncertain");
    drop(scene.flag.clone().status_is(ActionStatus::Done));
    scene.say(Signal::Retry).await;
    assert_eq!(scene.drive().await, Outcome::Succeeded);
    assert_eq!(scene.applied(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_way_back_needs_to_know_what_to_undo() {
    for (resolution, undone) in [(Resolution::Done, 1), (Resolution::NotDone, 1)] {
        let scene = Scene::new().await;
        scene.say(Signal::RollBack).await;
        is_halted(&scene.drive().await, "uncertain");
        scene.say(Signal::Resolve(resolution)).await;
        let ended = scene.drive().await;
        assert!(matches!(&ended, Outcome::Rejected { reason } if reason.contains("roll back by bob")), "{ended:?}");
        // An undo succeeds if there is nothing to undo, so it is asked for in either case.
        assert_eq!((scene.applied(), scene.undone(), scene.flag.is_on()), (1, undone, false));
        assert_eq!(serves(&scene.target), "1");
        assert_eq!(scene.desk.claimant(&scene.plan).await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_open_when_halted_is_what_counts() {
    let scene = Scene::new().await;
    let open = scene.desk.state(&scene.id).await.open_verbs();
    let words: Vec<_> = open.iter().map(Signal::word).collect();
    assert_eq!(words, ["retry", "resolve done", "resolve not done", "roll back", "abort", "close"]);
}
