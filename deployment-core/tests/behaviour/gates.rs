//! A gate is asked before every try of its step, not only before the first.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    DeploymentId, ErrorKind, Handle, Orchestrator, Plugins, Status, Until,
    engine::{Outcome, Record},
    gate::GateVerdict,
    journal::Entry,
    memory::MemoryTarget,
    plan::Capacity,
    signal::Signal,
    testkit::{fake::FakeGate, faults::Faults},
};

use crate::scene::{Desk, MINUTE, builder, canary, drive, is_halted, is_rolled_back, outcome, serves, serving};

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
