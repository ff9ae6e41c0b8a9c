//! A pause: nothing further begins, what is under way is still watched, and the way back stays open.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    DeploymentId, Percent, Plugins,
    engine::{Outcome, Record},
    gate::GateVerdict,
    health::HealthReport,
    judge::Tolerance,
    memory::{Behaviour, MemoryTarget},
    plan::Capacity,
    signal::Signal,
    testkit::{
        fake::{FakeGate, FakeHealth},
        faults::{Call, Faults},
        sample,
    },
    watch::Watch,
};

use crate::scene::{Desk, MINUTE, begin, builder, canary, is_rolled_back, outcome, serves, serving, share, with};

#[tokio::test(start_paused = true)]
async fn no_further_step_begins_until_it_is_resumed() {
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target);
    let plan = builder().deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
    let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
    desk.until_at(&id, "backend/bake-10").await;
    desk.say(&id, Signal::Pause).await;
    tokio::time::sleep(120 * MINUTE).await;
    let state = desk.state(&id).await;
    assert!(state.is_paused());
    let (next, run) = state.course().current().unwrap();
    assert_eq!((next.id.as_str(), run.started), ("backend/scale-candidate-4", None), "the bake has ended, and nothing after it has begun");
    assert_eq!(share(&state), Percent::new(10.0).unwrap());
    let again = desk.try_say(&id, Signal::Pause).await.unwrap_err();
    assert!(again.to_string().contains("nothing to pause"), "{again}");
    desk.say(&id, Signal::Resume).await;
    assert_eq!(outcome(handle.wait().await.unwrap()), Outcome::Succeeded);
    assert_eq!(serves(&target), "2");
    let said = desk.records(&id).await.into_iter().filter_map(|record| match record {
        Record::Signalled { signal, refused: None } => Some((signal.signal, signal.actor.to_string(), signal.reason)),
        _ => None,
    });
    let said: Vec<_> = said.collect();
    let by_bob = |signal| (signal, "bob".to_owned(), "because".to_owned());
    assert_eq!(said, [by_bob(Signal::Pause), by_bob(Signal::Resume)]);
}

#[tokio::test(start_paused = true)]
async fn a_bake_goes_on_while_it_is_paused() {
    let desk = Desk::new();
    let target = serving();
    let check = FakeHealth::reports([HealthReport::healthy("ok")]);
    let plugins = with(&target).watch("login", Watch::health(check.clone(), Tolerance::times(3))).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary().watch("login").unwrap()).build(&plugins).unwrap();
    let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
    desk.until_at(&id, "backend/bake-10").await;
    desk.say(&id, Signal::Pause).await;
    check.set(HealthReport::unhealthy("500"));
    is_rolled_back(&outcome(handle.wait().await.unwrap()), "login: unhealthy 3 times");
    assert_eq!(serves(&target), "1");
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_fails_goes_back_although_it_is_paused() {
    let desk = Desk::new();
    let sick = Behaviour::healthy().sick_under_traffic(Duration::from_secs(30 * 60));
    let target = MemoryTarget::builder().serving(sample::release("1"), 4).behaviour("2", sick).build();
    let plugins = with(&target);
    let plan = builder().deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
    let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
    desk.until_at(&id, "backend/bake-10").await;
    desk.say(&id, Signal::Pause).await;
    let ended = tokio::time::timeout(60 * MINUTE, handle.wait()).await.expect("it is still paused").unwrap();
    is_rolled_back(&outcome(ended), "healthy instances of the candidate");
    assert_eq!(serves(&target), "1");
}

#[tokio::test(start_paused = true)]
async fn an_abort_is_heard_although_it_is_paused() {
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target);
    let plan = builder().deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
    let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
    desk.until_at(&id, "backend/bake-10").await;
    desk.say(&id, Signal::Pause).await;
    tokio::time::sleep(30 * MINUTE).await;
    desk.say(&id, Signal::Abort).await;
    is_rolled_back(&outcome(handle.wait().await.unwrap()), "abort by bob: because");
}

#[tokio::test(start_paused = true)]
async fn a_pause_outlives_the_process() {
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target);
    let plan = builder().deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
    let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
    desk.until_at(&id, "backend/bake-10").await;
    desk.say(&id, Signal::Pause).await;
    desk.until(&id, deployment_core::engine::State::is_paused).await;
    handle.stop();
    handle.wait().await.unwrap();
    let mut next = desk.process(&plugins).spawn(&id, deployment_core::Until::End);
    tokio::time::sleep(60 * MINUTE).await;
    assert_eq!(share(&desk.state(&id).await), Percent::new(10.0).unwrap());
    desk.say(&id, Signal::Resume).await;
    assert_eq!(outcome(next.wait().await.unwrap()), Outcome::Succeeded);
}

/// What was seen before the bake began is no part of it.
async fn is_baked_whole(desk: &Desk, id: &DeploymentId) {
    let entries = desk.journal.read(id, 0).await.unwrap();
    let of_bake = |record: &Record| match record {
        Record::StepStarted { step } | Record::Judged { step, .. } => step.as_str() == "backend/bake-10",
        _ => false,
    };
    let times: Vec<_> = entries.iter().filter(|entry| of_bake(&entry.record)).map(|entry| entry.at).collect();
    let [begun, judged] = times[..] else { panic!("{times:?}") };
    assert!(judged.since(begun) >= MINUTE, "it baked for {:?}", judged.since(begun));
}

#[tokio::test(start_paused = true)]
async fn a_bake_that_a_pause_holds_back_is_watched_whole_once_it_is_resumed() {
    let (desk, target, faults) = (Desk::new(), serving(), Faults::new());
    faults.hang(Call::named("backend.route").nth(1));
    let plugins = Plugins::new().target("backend", faults.target("backend", Arc::new(target.clone()))).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
    let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
    desk.until_at(&id, "backend/route-10").await;
    desk.say(&id, Signal::Pause).await;
    tokio::time::sleep(30 * MINUTE).await;
    let state = desk.state(&id).await;
    let (next, run) = state.course().current().unwrap();
    assert_eq!((next.id.as_str(), run.started), ("backend/bake-10", None));
    desk.say(&id, Signal::Resume).await;
    assert_eq!(outcome(handle.wait().await.unwrap()), Outcome::Succeeded);
    is_baked_whole(&desk, &id).await;
}

#[tokio::test(start_paused = true)]
async fn a_bake_that_a_gate_holds_back_is_watched_whole_once_it_passes() {
    let (desk, target) = (Desk::new(), serving());
    let gate = FakeGate::says([GateVerdict::wait("not yet")]);
    let plugins = with(&target).gate("calendar", gate.clone()).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary()).gate_step("backend/bake-10", "calendar").build(&plugins).unwrap();
    let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
    desk.until(&id, |state| state.course().current().is_some_and(|(step, _)| step.id.as_str() == "backend/bake-10")).await;
    tokio::time::sleep(10 * MINUTE).await;
    gate.set(GateVerdict::Pass);
    assert_eq!(outcome(handle.wait().await.unwrap()), Outcome::Succeeded);
    is_baked_whole(&desk, &id).await;
}
