//! A target that falls silent right after it was asked for something: a person says what has become of it, and may be wrong.

use std::sync::Arc;

use deployment_core::{
    DeploymentId, Orchestrator, Plugins, TestRule,
    engine::{Outcome, Record},
    health::HealthReport,
    judge::Tolerance,
    memory::MemoryTarget,
    plan::Capacity,
    signal::{Resolution, Signal},
    strategy::{BlueGreen, Strategy},
    testkit::{
        fake::FakeHealth,
        faults::{Call, Faults},
    },
    watch::Watch,
};

use crate::scene::{Desk, builder, canary, drive, is_halted, is_rolled_back, serves, serving};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Happened,
    DidNot,
}

struct Scene {
    desk: Desk,
    target: MemoryTarget,
    process: Orchestrator,
    id: DeploymentId,
}

/// Halted in doubt about this call, with a target that can be looked at again.
async fn halted(call: &str, truth: Truth) -> Scene {
    let (desk, target, faults) = (Desk::new(), serving(), Faults::new());
    match truth {
        Truth::Happened => faults.hang_after(Call::named(call).nth(1)),
        Truth::DidNot => faults.hang(Call::named(call).nth(1)),
    }
    let wrapped = faults.target("backend", Arc::new(target.clone()));
    let plugins = Plugins::new().target("backend", wrapped).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
    let process = desk.process(&plugins);
    let id = process.start(&plan).await.unwrap();
    let silence = async {
        while !faults.points().contains(&format!("before {call}")) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        faults.hang("backend.observe");
    };
    let (_, ended) = tokio::join!(silence, drive(&process, &id));
    is_halted(&ended, "nobody can tell");
    faults.clear();
    Scene { desk, target, process, id }
}

impl Scene {
    async fn after(&self, signal: Signal) -> Outcome {
        self.desk.say(&self.id, signal).await;
        drive(&self.process, &self.id).await
    }
}

const CALLS: [&str; 4] = ["backend.launch", "backend.route", "backend.scale", "backend.retire"];

#[tokio::test(start_paused = true)]
async fn told_the_truth_it_goes_on() {
    for call in CALLS {
        for (truth, resolution) in [(Truth::Happened, Resolution::Done), (Truth::DidNot, Resolution::NotDone)] {
            let scene = halted(call, truth).await;
            assert_eq!(scene.after(Signal::Resolve(resolution)).await, Outcome::Succeeded, "{call} {truth:?}");
            assert_eq!((serves(&scene.target).as_str(), scene.target.snapshot().revisions.len()), ("2", 1), "{call} {truth:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_finds_out_by_itself() {
    for call in CALLS {
        for truth in [Truth::Happened, Truth::DidNot] {
            let scene = halted(call, truth).await;
            assert_eq!(scene.after(Signal::Retry).await, Outcome::Succeeded, "{call} {truth:?}");
            assert_eq!((serves(&scene.target).as_str(), scene.target.snapshot().revisions.len()), ("2", 1), "{call} {truth:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn asked_again_although_it_had_happened_it_happens_once() {
    for call in CALLS {
        let scene = halted(call, Truth::Happened).await;
        assert_eq!(scene.after(Signal::Resolve(Resolution::NotDone)).await, Outcome::Succeeded, "{call}");
        assert_eq!((serves(&scene.target).as_str(), scene.target.snapshot().revisions.len()), ("2", 1), "{call}");
    }
}

#[tokio::test(start_paused = true)]
async fn told_that_it_had_happened_when_it_had_not_nothing_is_claimed() {
    for call in ["backend.launch", "backend.route", "backend.scale"] {
        let scene = halted(call, Truth::DidNot).await;
        is_rolled_back(&scene.after(Signal::Resolve(Resolution::Done)).await, "was not done within");
        assert_eq!((serves(&scene.target).as_str(), scene.target.snapshot().revisions.len()), ("1", 1), "{call}");
    }
    let scene = halted("backend.retire", Truth::DidNot).await;
    is_halted(&scene.after(Signal::Resolve(Resolution::Done)).await, "there is no way back from here");
    assert_eq!((serves(&scene.target).as_str(), scene.target.snapshot().revisions.len()), ("2", 2), "both are there, as it says");
}

#[tokio::test(start_paused = true)]
async fn a_person_may_go_back_instead() {
    for call in ["backend.launch", "backend.route", "backend.scale"] {
        for truth in [Truth::Happened, Truth::DidNot] {
            let scene = halted(call, truth).await;
            is_rolled_back(&scene.after(Signal::RollBack).await, "roll back by bob");
            assert_eq!((serves(&scene.target).as_str(), scene.target.snapshot().revisions.len()), ("1", 1), "{call} {truth:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_test_rule_that_is_still_there_after_doubt_is_taken_away_before_the_candidate_is() {
    let rule = TestRule::Header { name: "x-test".into(), value: "yes".into() };
    let strategies: [Box<dyn Strategy>; 2] = [
        Box::new(BlueGreen::new().test_route(rule.clone()).check_first("smoke").unwrap()),
        Box::new(canary().test_route(rule).check_first("smoke").unwrap()),
    ];
    for strategy in strategies {
        let (desk, target, faults) = (Desk::new(), serving(), Faults::new());
        // The first one gives the candidate its test requests, the second one takes them away.
        faults.hang(Call::named("backend.route").nth(2));
        let wrapped = faults.target("backend", Arc::new(target.clone()));
        let smoke = Watch::health(FakeHealth::reports([HealthReport::unhealthy("smoke")]), Tolerance::none());
        let plugins = Plugins::new().target("backend", wrapped).unwrap().watch("smoke", smoke).unwrap();
        let plan = builder().deploy("backend", Capacity::of(4), Arc::<dyn Strategy>::from(strategy)).build(&plugins).unwrap();
        let process = desk.process(&plugins);
        let id = process.start(&plan).await.unwrap();
        is_rolled_back(&drive(&process, &id).await, "smoke");
        let asked = faults.points().iter().filter(|point| *point == "before backend.route").count();
        assert_eq!(asked, 3, "to the candidate, away from it without effect, away from it again");
        let refused = |record: &Record| matches!(record, Record::Returned { result: Err(_), step } if step.as_str().contains("retire"));
        assert!(!desk.records(&id).await.iter().any(refused), "the candidate is retired only once no rule reaches it");
        assert_eq!((serves(&target).as_str(), target.snapshot().revisions.len()), ("1", 1));
    }
}
