//! What was committed stays, is said to stay, and holds nobody back.

use deployment_core::{
    Ended, Plugins, TargetName, Until,
    engine::Outcome,
    gate::GateVerdict,
    memory::{Behaviour, MemoryTarget},
    notify::Event,
    plan::{Capacity, Plan},
    testkit::{fake::FakeGate, sample},
};

use crate::scene::{Desk, begin, builder, canary, drive, outcome, serves, serving};

/// A wave in the east, and after a commit point one in the west, behind a gate.
struct Scene {
    desk: Desk,
    east: MemoryTarget,
    west: MemoryTarget,
    plugins: Plugins,
    plan: Plan,
}

fn scene(west: MemoryTarget, gate: FakeGate) -> Scene {
    let east = serving();
    let plugins = Plugins::new().target("east", east.clone()).unwrap().target("west", west.clone()).unwrap().gate("gate", gate).unwrap();
    let capacity = Capacity::of(4);
    let waves = builder().deploy("east", capacity, canary()).commit().deploy("west", capacity, canary()).gate_step("west/launch", "gate");
    let plan = waves.build(&plugins).unwrap();
    Scene { desk: Desk::new(), east, west, plugins, plan }
}

fn sick() -> MemoryTarget {
    MemoryTarget::builder().serving(sample::release("1"), 4).behaviour("2", Behaviour::never_healthy()).build()
}

fn stayed(outcome: &Outcome) -> Vec<&str> {
    let Outcome::RolledBack { stayed, .. } = outcome else { panic!("{outcome:?}") };
    stayed.iter().map(TargetName::as_str).collect()
}

#[tokio::test(start_paused = true)]
async fn the_outcome_names_what_stays_on_the_new_release() {
    for (west, gate) in [(sick(), GateVerdict::Pass), (serving(), GateVerdict::reject("not on a Friday"))] {
        let scene = scene(west, FakeGate::says([gate]));
        let process = scene.desk.process(&scene.plugins);
        let id = process.start(&scene.plan).await.unwrap();
        let ended = drive(&process, &id).await;
        assert_eq!((stayed(&ended), serves(&scene.east).as_str(), serves(&scene.west).as_str()), (vec!["east"], "2", "1"));
        assert_eq!(scene.west.snapshot().revisions.len(), 1);
        // Whoever reads the history or is told of it learns the same.
        let history = scene.desk.elsewhere().list().await.unwrap();
        assert_eq!(history[0].outcome.as_ref(), Some(&ended));
        let last = scene.desk.journal.read(&id, 0).await.unwrap().pop().unwrap();
        let told = Event::of(&id, &last).text;
        assert!(told.contains("east stays on the new release"), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_commit_point_nothing_stays() {
    let (desk, target) = (Desk::new(), sick());
    let plugins = crate::scene::with(&target);
    let plan = builder().deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
    let (_, mut handle) = begin(&desk.process(&plugins), &plan).await;
    let ended = outcome(handle.wait().await.unwrap());
    assert_eq!(stayed(&ended), Vec::<&str>::new());
    let old = r#"{"rolled_back":{"cause":"of old"}}"#;
    let read: Outcome = serde_json::from_str(old).unwrap();
    assert_eq!((stayed(&read), serde_json::to_string(&read).unwrap()), (vec![], old.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn between_waves_the_deployment_may_be_left_alone() {
    let gate = FakeGate::says([GateVerdict::wait("the east is watched for a day")]);
    let scene = scene(serving(), gate.clone());
    let process = scene.desk.process(&scene.plugins);
    let id = process.start(&scene.plan).await.unwrap();
    let day = std::time::Duration::from_secs(86_400);
    let ended = tokio::time::timeout(day / 2, process.drive(&id, Until::Waiting)).await.expect("it does not park").unwrap();
    assert!(matches!(&ended, Ended::Parked { reason } if reason.contains("watched for a day")), "{ended:?}");
    assert_eq!((serves(&scene.east).as_str(), serves(&scene.west).as_str()), ("2", "1"));
    gate.set(GateVerdict::Pass);
    assert_eq!(drive(&process, &id).await, Outcome::Succeeded);
}
