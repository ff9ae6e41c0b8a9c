//! A control plane that cannot be reached, and traffic that somebody else has moved: both halt, and leave everything as it is.

use std::sync::Arc;

use deployment_core::{
    DeploymentId, ErrorKind, Orchestrator, Percent, Plan, Status,
    engine::{Outcome, Record},
    memory::MemoryTarget,
    plan::Capacity,
    signal::{Resolution, Signal},
    testkit::faults::Faults,
};

use crate::scene::{Desk, begin, builder, canary, drive, is_halted, is_rolled_back, outcome, serves, serving, share};

struct Scene {
    desk: Desk,
    target: MemoryTarget,
    faults: Faults,
    process: Orchestrator,
    plan: Plan,
}

fn scene() -> Scene {
    let (desk, target, faults) = (Desk::new(), serving(), Faults::new());
    let plugins = deployment_core::Plugins::new();
    let plugins = plugins.target("backend", faults.target("backend", Arc::new(target.clone()))).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
    Scene { process: desk.process(&plugins), desk, target, faults, plan }
}

impl Scene {
    /// It ends as it is, and makes room.
    async fn can_be_closed(&self, id: &DeploymentId, halted_for: &str) {
        self.desk.say(id, Signal::Close).await;
        let ended = drive(&self.process, id).await;
        assert!(matches!(&ended, Outcome::Closed { reason } if reason.contains(halted_for)), "{ended:?}");
        assert_eq!(self.desk.claimant(&self.plan).await, None);
        self.process.start(&self.plan).await.unwrap();
    }
}

/// Halted because the first route cannot be asked for.
async fn cut_off(kind: ErrorKind) -> (Scene, DeploymentId) {
    let scene = scene();
    scene.faults.fail("backend.route", kind, Status::Temporary);
    let id = scene.process.start(&scene.plan).await.unwrap();
    let began = tokio::time::Instant::now();
    is_halted(&drive(&scene.process, &id).await, "backend/route-10 could not be carried out or confirmed");
    assert!(began.elapsed() >= scene.plan.step("backend/route-10").unwrap().deadline, "it was tried to the deadline");
    assert_eq!(serves(&scene.target), "1");
    assert_eq!(scene.desk.claimant(&scene.plan).await.as_ref(), Some(&id));
    (scene, id)
}

#[tokio::test(start_paused = true)]
async fn without_a_way_to_the_target_it_halts_and_a_retry_goes_on() {
    for kind in [ErrorKind::Unreachable, ErrorKind::Unauthorized, ErrorKind::RateLimited] {
        let (scene, id) = cut_off(kind).await;
        let refused = scene.desk.try_say(&id, Signal::Resolve(Resolution::Done)).await.unwrap_err();
        assert!(refused.to_string().contains("nothing is in doubt"), "{refused}");
        scene.desk.say(&id, Signal::Retry).await;
        is_halted(&drive(&scene.process, &id).await, "backend/route-10");
        scene.faults.clear();
        scene.desk.say(&id, Signal::Retry).await;
        assert_eq!(drive(&scene.process, &id).await, Outcome::Succeeded);
        assert_eq!(serves(&scene.target), "2");
        assert_eq!(scene.desk.claimant(&scene.plan).await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn once_there_is_a_way_again_a_person_can_go_back() {
    for signal in [Signal::RollBack, Signal::Abort] {
        let (scene, id) = cut_off(ErrorKind::Unreachable).await;
        scene.faults.clear();
        scene.desk.say(&id, signal.clone()).await;
        is_rolled_back(&drive(&scene.process, &id).await, &format!("{} by bob: because", signal.word()));
        assert_eq!(scene.target.snapshot().revisions.len(), 1, "the candidate is removed");
        assert_eq!(scene.desk.claimant(&scene.plan).await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_way_back_that_is_cut_off_halts_and_can_be_retried() {
    let scene = scene();
    let (id, mut handle) = begin(&scene.process, &scene.plan).await;
    scene.desk.until_at(&id, "backend/bake-10").await;
    scene.faults.fail("backend.route", ErrorKind::Unreachable, Status::Temporary);
    scene.desk.say(&id, Signal::Abort).await;
    is_halted(&outcome(handle.wait().await.unwrap()), "back/backend/route");
    scene.faults.clear();
    scene.desk.say(&id, Signal::Retry).await;
    is_rolled_back(&drive(&scene.process, &id).await, "abort by bob");
    assert_eq!(serves(&scene.target), "1");
}

/// Halted because somebody gave the candidate 77 % during the first bake.
async fn drifted() -> (Scene, DeploymentId, deployment_core::Routes) {
    let scene = scene();
    let (id, mut handle) = begin(&scene.process, &scene.plan).await;
    scene.desk.until_at(&id, "backend/bake-10").await;
    let before = scene.target.snapshot().routes;
    let revisions: Vec<_> = before.split.iter().map(|(id, _)| id).collect();
    let split = deployment_core::Split::between(Some(revisions[0]), revisions[1], Percent::new(77.0).unwrap());
    scene.target.interfere(|at| at.route(deployment_core::Routes { split, tests: Vec::new() }));
    is_halted(&outcome(handle.wait().await.unwrap()), "drifted");
    (scene, id, before)
}

#[tokio::test(start_paused = true)]
async fn drift_halts_until_it_is_put_right() {
    let (scene, id, before) = drifted().await;
    let moved = scene.target.snapshot().routes;
    for signal in [Signal::Retry, Signal::RollBack] {
        scene.desk.say(&id, signal).await;
        is_halted(&drive(&scene.process, &id).await, "drifted");
        assert_eq!(scene.target.snapshot().routes, moved, "nothing is done about what somebody else may be at");
    }
    scene.target.interfere(|at| at.route(before));
    scene.desk.say(&id, Signal::Retry).await;
    is_rolled_back(&drive(&scene.process, &id).await, "roll back by bob");
    assert_eq!(serves(&scene.target), "1");
}

#[tokio::test(start_paused = true)]
async fn after_drift_that_is_put_right_a_retry_goes_on_forward() {
    let (scene, id, before) = drifted().await;
    assert_eq!(share(&scene.desk.state(&id).await), Percent::new(10.0).unwrap(), "the state says what was asked for");
    scene.target.interfere(|at| at.route(before));
    scene.desk.say(&id, Signal::Retry).await;
    assert_eq!(drive(&scene.process, &id).await, Outcome::Succeeded);
    assert_eq!(serves(&scene.target), "2");
}

#[tokio::test(start_paused = true)]
async fn it_is_not_left_halted_while_a_call_is_under_way() {
    let scene = scene();
    scene.faults.hang(deployment_core::testkit::faults::Call::named("backend.scale").nth(1));
    let (id, mut handle) = begin(&scene.process, &scene.plan).await;
    scene.desk.until_at(&id, "backend/scale-candidate-4").await;
    let stable = scene.target.snapshot().revisions[0].id.clone();
    let routes = deployment_core::Routes { split: deployment_core::Split::all(&stable), tests: Vec::new() };
    scene.target.interfere(|at| at.route(routes));
    is_halted(&outcome(handle.wait().await.unwrap()), "drifted");
    let records = scene.desk.records(&id).await;
    let asked = records.iter().filter(|record| matches!(record, Record::Intent { .. })).count();
    let answered = records.iter().filter(|record| matches!(record, Record::Returned { .. })).count();
    assert_eq!(asked, answered, "the next driver need not fear a call of this one");
}

#[tokio::test(start_paused = true)]
async fn closed_under_drift_it_ends_and_the_next_deployment_can_start() {
    let (scene, id, _) = drifted().await;
    let moved = scene.target.snapshot().routes;
    scene.can_be_closed(&id, "drifted").await;
    assert_eq!(scene.target.snapshot().routes, moved);
}

#[tokio::test(start_paused = true)]
async fn closed_while_the_target_cannot_be_observed_it_ends_and_the_next_deployment_can_start() {
    let (scene, id) = cut_off(ErrorKind::Unreachable).await;
    scene.faults.fail("backend.observe", ErrorKind::Unreachable, Status::Temporary);
    scene.can_be_closed(&id, "backend/route-10").await;
}
