//! What people say to a deployment, from whichever process, and what it does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Actor, DeploymentId, Ended, EnvironmentName, Options, Orchestrator, Plan, Plugins, StepId, Until,
    engine::Outcome,
    gate::{ApprovalGate, Decision},
    journal::{Journal, MemoryJournal},
    memory::{Behaviour, MemoryTarget},
    plan::{Attendance, Capacity, Policy},
    signal::Signal,
    strategy::Canary,
    testkit::{TokioClock, fake::FakeNotifier, sample},
};

const MINUTE: Duration = Duration::from_secs(60);

struct Scene {
    orchestrator: Orchestrator,
    target: MemoryTarget,
    plan: Plan,
}

fn scene(target: MemoryTarget, strategy: Canary, policy: Policy) -> Scene {
    let plugins = Plugins::new().target("backend", target.clone()).unwrap().gate("approval", ApprovalGate::by(1)).unwrap();
    let plan = Plan::builder(sample::release("2"), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
        .deploy("backend", Capacity::of(4), strategy)
        .gate("approval")
        .policy(policy)
        .build(&plugins)
        .unwrap();
    let clock = Arc::new(TokioClock::starting_at(sample::NOON));
    let orchestrator = Orchestrator::builder(Arc::new(MemoryJournal::new()), plugins).clock(clock).build();
    Scene { orchestrator, target, plan }
}

fn serving() -> MemoryTarget {
    MemoryTarget::builder().serving(sample::release("1"), 4).build()
}

fn canary() -> Canary {
    Canary::steps([10.0, 100.0]).unwrap().bake(MINUTE)
}

impl Scene {
    async fn say(&self, id: &DeploymentId, signal: Signal) {
        self.orchestrator.signal(id, Actor::new("bob").unwrap(), "because", signal).await.unwrap();
    }

    async fn approve(&self, id: &DeploymentId) {
        let plan = self.orchestrator.state(id).await.unwrap().hash().clone();
        let step = StepId::new("backend/launch").unwrap();
        self.say(id, Signal::Approval { step, plan, decision: Decision::Approved }).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_hands_over_at_an_approval_and_another_takes_it_to_the_end() {
    let scene = scene(serving(), canary(), Policy::default());
    let id = scene.orchestrator.start(&scene.plan).await.unwrap();
    let parked = scene.orchestrator.drive(&id, Until::Waiting).await.unwrap();
    assert!(matches!(&parked, Ended::Parked { reason } if reason.contains("approval")), "{parked:?}");
    scene.approve(&id).await;
    assert_eq!(scene.orchestrator.drive(&id, Until::End).await.unwrap(), Ended::Outcome(Outcome::Succeeded));
}

#[tokio::test(start_paused = true)]
async fn a_candidate_with_traffic_is_not_left_alone_unless_the_plan_says_so() {
    let held = || canary().promote_by_hand_at(10.0).unwrap();
    for (attendance, parks) in [(Attendance::Attended, false), (Attendance::Unattended, true)] {
        let scene = scene(serving(), held(), Policy { attendance, ..Policy::default() });
        let id = scene.orchestrator.start(&scene.plan).await.unwrap();
        scene.approve(&id).await;
        let drive = scene.orchestrator.drive(&id, Until::Waiting);
        let ended = tokio::time::timeout(MINUTE * 30, drive).await;
        assert_eq!(ended.is_ok(), parks, "{attendance:?}: {ended:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hold_waits_for_a_promotion_and_an_abort_goes_back() {
    for (signal, expected) in [(Signal::Promote, "Succeeded"), (Signal::Abort, "RolledBack")] {
        let scene = scene(serving(), canary().promote_by_hand_at(10.0).unwrap(), Policy::default());
        let id = scene.orchestrator.start(&scene.plan).await.unwrap();
        scene.approve(&id).await;
        let mut handle = scene.orchestrator.spawn(&id, Until::End);
        tokio::time::sleep(MINUTE * 10).await;
        scene.say(&id, signal).await;
        let ended = handle.wait().await.unwrap();
        assert!(format!("{:?}", ended.outcome().unwrap()).starts_with(expected), "{ended:?}");
        let serves = scene.target.snapshot().routes.split;
        assert!(serves.sole().is_some(), "{serves}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_parks_at_a_safe_point_and_a_drive_goes_on() {
    let scene = scene(serving(), canary(), Policy::default());
    let id = scene.orchestrator.start(&scene.plan).await.unwrap();
    scene.approve(&id).await;
    let mut handle = scene.orchestrator.spawn(&id, Until::End);
    tokio::time::sleep(MINUTE / 2).await;
    handle.stop();
    assert_eq!(handle.wait().await.unwrap(), Ended::Stopped);
    assert_eq!(scene.orchestrator.drive(&id, Until::End).await.unwrap(), Ended::Outcome(Outcome::Succeeded));
}

#[tokio::test(start_paused = true)]
async fn a_stop_gives_the_lease_up_and_so_does_dropping_the_handle() {
    let scene = scene(serving(), canary().promote_by_hand_at(10.0).unwrap(), Policy::default());
    let id = scene.orchestrator.start(&scene.plan).await.unwrap();
    scene.approve(&id).await;
    let handle = scene.orchestrator.spawn(&id, Until::End);
    tokio::time::sleep(MINUTE * 10).await;
    drop(handle);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut next = scene.orchestrator.spawn(&id, Until::End);
    // Far less than the lease's time to live.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(scene.orchestrator.state(&id).await.unwrap().epoch(), 2, "it was driven on at once");
    assert!(tokio::time::timeout(MINUTE, next.wait()).await.is_err(), "it waits for a promotion");
    scene.say(&id, Signal::Promote).await;
    assert_eq!(next.wait().await.unwrap(), Ended::Outcome(Outcome::Succeeded));
    assert!(next.wait().await.is_err(), "it was told already");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_dead_drivers_lease_can_be_stopped() {
    let scene = scene(serving(), canary(), Policy::default());
    let id = scene.orchestrator.start(&scene.plan).await.unwrap();
    scene.approve(&id).await;
    let died = tokio::time::timeout(MINUTE / 2, scene.orchestrator.drive(&id, Until::End)).await;
    assert!(died.is_err(), "dropping what drives is like the death of the process");
    let mut handle = scene.orchestrator.spawn(&id, Until::End);
    tokio::time::sleep(Duration::from_secs(1)).await;
    handle.stop();
    let begin = tokio::time::Instant::now();
    assert_eq!(handle.wait().await.unwrap(), Ended::Stopped);
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(scene.orchestrator.drive(&id, Until::End).await.unwrap(), Ended::Outcome(Outcome::Succeeded));
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_back_onto_a_sick_stable() {
    let both_sick = MemoryTarget::builder()
        .serving(sample::release("1"), 4)
        .behaviour("2", Behaviour::healthy().sick_under_traffic(Duration::from_secs(20)))
        .build();
    let scene = scene(both_sick, canary(), Policy::default());
    let id = scene.orchestrator.start(&scene.plan).await.unwrap();
    scene.approve(&id).await;
    let mut handle = scene.orchestrator.spawn(&id, Until::End);
    tokio::time::sleep(Duration::from_secs(15)).await;
    let stable = scene.target.snapshot().revisions[0].id.clone();
    scene.target.interfere(|at| at.sicken(&stable));
    let ended = handle.wait().await.unwrap();
    assert!(matches!(ended.outcome(), Some(Outcome::Halted { reason }) if reason.contains("both revisions")), "{ended:?}");
    // A person heals it and says so.
    scene.target.interfere(|at| at.heal(&stable));
    scene.say(&id, Signal::RollBack).await;
    let ended = scene.orchestrator.drive(&id, Until::End).await.unwrap();
    assert!(matches!(ended.outcome(), Some(Outcome::RolledBack { .. })), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn every_event_reaches_a_notifier_in_order_and_a_failing_one_changes_nothing() {
    let notifier = FakeNotifier::new();
    let broken = deployment_core::notify::from_fn("broken", |_| async {
        Err(deployment_core::Error::new(deployment_core::ErrorKind::Failed, "notify", "no"))
    });
    let plugins = Plugins::new().target("backend", serving()).unwrap();
    let plugins = plugins.notifier("good", notifier.clone()).unwrap().notifier("broken", broken).unwrap();
    let plan = Plan::builder(sample::release("2"), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
        .deploy("backend", Capacity::of(4), canary())
        .build(&plugins)
        .unwrap();
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let options = Options { notice_attempts: 1, ..Options::default() };
    let clock = Arc::new(TokioClock::starting_at(sample::NOON));
    let orchestrator = Orchestrator::builder(Arc::clone(&journal), plugins).options(options).clock(clock).build();
    let id = orchestrator.start(&plan).await.unwrap();
    assert_eq!(orchestrator.drive(&id, Until::End).await.unwrap(), Ended::Outcome(Outcome::Succeeded));
    let keys: Vec<_> = notifier.events().into_iter().map(|event| event.key).collect();
    let expected: Vec<_> = journal.read(&id, 0).await.unwrap().iter().map(|entry| format!("{id}/{}", entry.sequence)).collect();
    assert_eq!(keys, expected);
}
