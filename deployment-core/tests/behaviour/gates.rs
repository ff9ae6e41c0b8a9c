//! A gate is asked before every try of its step, not only before the first.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use deployment_core::{
    DeploymentContext, DeploymentId, EffectContext, Error, ErrorKind, Handle, Options, Orchestrator, Plugins, Result, Status, Timestamp,
    Until,
    action::Action,
    engine::{Outcome, Record},
    gate::GateVerdict,
    journal::Entry,
    memory::MemoryTarget,
    plan::{Capacity, Step},
    signal::Signal,
    testkit::{TokioClock, fake::FakeGate, faults::Faults, sample},
    time::Clock,
};
use serde_json::Value;

use crate::scene::{Desk, MINUTE, begin, builder, canary, drive, is_halted, is_rolled_back, outcome, serves, serving, with};

struct Scene {
    desk: Desk,
    target: MemoryTarget,
    faults: Faults,
    gate: FakeGate,
    process: Orchestrator,
    id: DeploymentId,
}

/// Halted behind a gate that has passed: the target could not be reached.
async fn halted() -> Scene {
    let (desk, target, faults, gate) = (Desk::new(), serving(), Faults::new(), FakeGate::says([GateVerdict::Pass]));
    let plugins = Plugins::new().target("backend", faults.target("backend", Arc::new(target.clone()))).unwrap();
    let plugins = plugins.gate("calendar", gate.clone()).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary()).gate_traffic("calendar").build(&plugins).unwrap();
    faults.fail("backend.route", ErrorKind::Unreachable, Status::Temporary);
    let process = desk.process(&plugins);
    let id = process.start(&plan).await.unwrap();
    is_halted(&drive(&process, &id).await, "backend/route-10");
    Scene { desk, target, faults, gate, process, id }
}

impl Scene {
    async fn entries(&self) -> Vec<Entry> {
        self.desk.journal.read(&self.id, 0).await.unwrap()
    }

    async fn tries(&self) -> usize {
        self.entries().await.iter().filter(|entry| is_try(&entry.record)).count()
    }

    /// The target can be reached again, and a person asks for another try.
    async fn tried_again(&self, gate: GateVerdict) -> Handle {
        self.gate.set(gate);
        self.faults.clear();
        self.desk.say(&self.id, Signal::Retry).await;
        self.process.spawn(&self.id, Until::End)
    }
}

fn is_try(record: &Record) -> bool {
    matches!(record, Record::Intent { step, .. } if step.as_str() == "backend/route-10")
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_for_a_gate_that_does_not_pass_any_more() {
    let scene = halted().await;
    let before = scene.tries().await;
    let mut handle = scene.tried_again(GateVerdict::wait("frozen")).await;
    tokio::time::sleep(Duration::from_secs(45)).await;
    assert_eq!((scene.tries().await, serves(&scene.target).as_str()), (before, "1"));
    scene.gate.set(GateVerdict::Pass);
    assert_eq!(outcome(handle.wait().await.unwrap()), Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_retry_behind_a_gate_that_rejects_goes_back() {
    let scene = halted().await;
    let before = scene.tries().await;
    let mut handle = scene.tried_again(GateVerdict::reject("frozen")).await;
    is_rolled_back(&outcome(handle.wait().await.unwrap()), "a gate rejects: frozen");
    assert_eq!((scene.tries().await, serves(&scene.target).as_str()), (before, "1"));
}

#[tokio::test(start_paused = true)]
async fn no_try_after_a_failure_comes_later_than_a_minute_after_a_pass() {
    let entries = halted().await.entries().await;
    let mut passed = None;
    let mut tries = Vec::new();
    for entry in &entries {
        match &entry.record {
            Record::Gated { verdict: GateVerdict::Pass, .. } => passed = Some(entry.at),
            record if is_try(record) => tries.push((entry.at, passed.unwrap())),
            _ => {}
        }
    }
    assert!(tries.iter().all(|(at, passed)| at.since(*passed) <= MINUTE), "{tries:?}");
    assert!(tries.last().unwrap().0.since(tries[0].0) > MINUTE, "it was tried for longer than that: {tries:?}");
}

/// An action that takes its time to look, and fails to at first.
#[derive(Debug, Clone)]
struct SlowLook {
    takes: Duration,
    fails: Arc<AtomicUsize>,
    applied: Arc<Mutex<Option<Timestamp>>>,
    clock: Arc<TokioClock>,
}

impl SlowLook {
    fn new(desk: &Desk, takes: Duration, fails: usize) -> Self {
        Self { takes, fails: Arc::new(AtomicUsize::new(fails)), applied: Arc::default(), clock: Arc::clone(&desk.clock) }
    }

    fn applied(&self) -> Option<Timestamp> {
        *self.applied.lock().unwrap()
    }
}

#[async_trait]
impl Action for SlowLook {
    fn describe(&self) -> String {
        "something slow".into()
    }
    async fn prepare(&self, _: &DeploymentContext) -> Result<Value> {
        tokio::time::sleep(self.takes).await;
        let fails = self.fails.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if fails { Err(Error::new(ErrorKind::Unreachable, "prepare", "not yet").with_status(Status::Temporary)) } else { Ok(Value::Null) }
    }
    async fn apply(&self, _: &EffectContext, _: &Value) -> Result<()> {
        *self.applied.lock().unwrap() = Some(self.clock.now());
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_pass_does_not_last_while_an_action_prepares() {
    let (desk, target, gate) = (Desk::new(), serving(), FakeGate::says([GateVerdict::Pass]));
    let slow = SlowLook::new(&desk, Duration::from_secs(28), 2);
    let plugins = with(&target).gate("calendar", gate.clone()).unwrap().action("slow", slow.clone()).unwrap();
    let plan = builder().before(Step::action("slow", "slow").unwrap()).gate("calendar").deploy("backend", Capacity::of(4), canary());
    let (_, mut handle) = begin(&desk.process(&plugins), &plan.build(&plugins).unwrap()).await;
    // The third look begins while the pass counts, and ends when it does not count any more.
    tokio::time::sleep(Duration::from_secs(59)).await;
    gate.set(GateVerdict::wait("a freeze has begun"));
    tokio::time::sleep(5 * MINUTE).await;
    assert_eq!(slow.applied(), None);
    gate.set(GateVerdict::Pass);
    let passes = desk.clock.now();
    assert_eq!(outcome(handle.wait().await.unwrap()), Outcome::Succeeded);
    assert!(slow.applied().unwrap() >= passes);
}

#[tokio::test(start_paused = true)]
async fn an_action_that_prepares_for_longer_than_a_pass_counts_goes_on_after_another_one() {
    let (desk, target) = (Desk::new(), serving());
    let slow = SlowLook::new(&desk, Duration::from_secs(100), 0);
    let plugins = with(&target).gate("calendar", FakeGate::says([GateVerdict::Pass])).unwrap();
    let plugins = plugins.action("slow", slow.clone()).unwrap();
    let plan = builder().before(Step::action("slow", "slow").unwrap()).gate("calendar").deploy("backend", Capacity::of(4), canary());
    let plan = plan.build(&plugins).unwrap();
    let patient = Options { call_timeout: 2 * MINUTE, time_to_live: 2 * MINUTE, ..Options::default() };
    let process = Orchestrator::builder(Arc::clone(&desk.journal), plugins).clock(desk.clock.clone()).options(patient).build();
    assert_eq!(outcome(process.run(&plan).await.unwrap()), Outcome::Succeeded);
    let took = slow.applied().unwrap().since(sample::NOON);
    assert!(took < 2 * MINUTE, "it looks once: {took:?}");
}
