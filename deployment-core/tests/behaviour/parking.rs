//! Handing over: a driver leaves where it must wait, and another process takes the deployment up.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    DeploymentId, Ended, ErrorKind, Percent, Plan, Plugins, Status, Until,
    engine::{Outcome, Record},
    gate::{ApprovalGate, Decision, GateVerdict},
    health::HealthReport,
    judge::{Threshold, Tolerance},
    memory::MemoryTarget,
    metric::{MetricSource, Query},
    plan::{Attendance, Capacity, PlanBuilder, Policy},
    signal::Signal,
    testkit::{
        fake::{FakeGate, FakeHealth},
        faults::Faults,
    },
    watch::Watch,
};

use crate::scene::{Desk, MINUTE, begin, builder, canary, drive, is_rolled_back, outcome, serves, serving, share, with};

async fn drive_until_waiting(desk: &Desk, plugins: &Plugins, id: &DeploymentId) -> Ended {
    desk.process(plugins).drive(id, Until::Waiting).await.unwrap()
}

fn parked_for(ended: &Ended, why: &str) {
    assert!(matches!(ended, Ended::Parked { reason } if reason.contains(why)), "{ended:?} does not say {why:?}");
}

#[tokio::test(start_paused = true)]
async fn at_a_gate_that_waits() {
    let (desk, target) = (Desk::new(), serving());
    let gate = FakeGate::says([GateVerdict::wait("frozen until Monday")]);
    let plugins = with(&target).gate("calendar", gate.clone()).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary()).gate_traffic("calendar").build(&plugins).unwrap();
    let id = desk.process(&plugins).start(&plan).await.unwrap();
    // A candidate without traffic may be left alone.
    parked_for(&drive_until_waiting(&desk, &plugins, &id).await, "frozen until Monday");
    assert_eq!((serves(&target).as_str(), target.snapshot().revisions.len()), ("1", 2));
    tokio::time::sleep(Duration::from_secs(200_000)).await;
    parked_for(&drive_until_waiting(&desk, &plugins, &id).await, "frozen until Monday");
    gate.set(GateVerdict::Pass);
    assert_eq!(outcome(drive_until_waiting(&desk, &plugins, &id).await), Outcome::Succeeded);
    assert_eq!(desk.state(&id).await.epoch(), 3);
}

#[tokio::test(start_paused = true)]
async fn at_an_approval_by_two() {
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target).gate("managers", ApprovalGate::by(2)).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary()).gate("managers").build(&plugins).unwrap();
    let id = desk.process(&plugins).start(&plan).await.unwrap();
    let hash = desk.state(&id).await.hash().clone();
    for (count, person) in ["bob", "eve"].into_iter().enumerate() {
        parked_for(&drive_until_waiting(&desk, &plugins, &id).await, &format!("{count} of 2 approvals"));
        let step = plan.steps[0].id.clone();
        let signal = Signal::Approval { step, plan: hash.clone(), decision: Decision::Approved };
        desk.elsewhere().signal(&id, deployment_core::Actor::new(person).unwrap(), "fine", signal).await.unwrap();
    }
    assert_eq!(outcome(drive_until_waiting(&desk, &plugins, &id).await), Outcome::Succeeded);
}

const LONG: Duration = Duration::from_secs(3_600);

/// A canary with an hour's bake, watched through this source.
fn long_bake(target: &MemoryTarget, source: Arc<dyn MetricSource>, attendance: Attendance) -> (Plugins, Plan) {
    let rule = Threshold::error_rate(5.0).unwrap().min_samples(1_000);
    let plugins = with(target).watch("errors", Watch::metrics(source, Query::default(), rule)).unwrap();
    let canary = canary().bake(LONG).watch("errors").unwrap();
    let plan = unattended(builder(), attendance).deploy("backend", Capacity::of(4), canary).build(&plugins).unwrap();
    (plugins, plan)
}

fn unattended(builder: PlanBuilder, attendance: Attendance) -> PlanBuilder {
    builder.policy(Policy { attendance, ..Policy::default() })
}

#[tokio::test(start_paused = true)]
async fn at_a_long_bake_whose_source_remembers_and_every_minute_of_it_counts() {
    let (desk, target) = (Desk::new(), serving());
    let (plugins, plan) = long_bake(&target, Arc::new(target.metrics()), Attendance::Unattended);
    let id = desk.process(&plugins).start(&plan).await.unwrap();
    let (mut drives, mut driven) = (0, Duration::ZERO);
    let ended = loop {
        let began = tokio::time::Instant::now();
        let ended = drive_until_waiting(&desk, &plugins, &id).await;
        (drives, driven) = (drives + 1, driven + began.elapsed());
        match ended {
            Ended::Parked { reason } => assert!(reason.contains("of baking are left"), "{reason}"),
            ended => break ended,
        }
        assert!(drives < 30, "it gets nowhere");
        tokio::time::sleep(10 * MINUTE).await;
    };
    assert_eq!(outcome(ended), Outcome::Succeeded);
    assert_eq!(serves(&target), "2");
    assert!(driven < 10 * MINUTE, "two bakes of an hour took {driven:?} of driving, in {drives} drives");
    for bake in ["backend/bake-10", "backend/bake-100"] {
        let windows = windows(&desk, &id, bake).await;
        assert!(windows.windows(2).all(|pair| pair[0].to == pair[1].from), "{bake}: {windows:?}");
        assert!(windows.iter().map(|window| window.length()).sum::<Duration>() >= LONG);
    }
}

async fn windows(desk: &Desk, id: &DeploymentId, bake: &str) -> Vec<deployment_core::time::Window> {
    let records = desk.records(id).await.into_iter();
    let windows = records.filter_map(|record| match record {
        Record::Sampled { step, sample } if step.as_str() == bake && !sample.watches.is_empty() => Some(sample.window),
        _ => None,
    });
    windows.collect()
}

#[tokio::test(start_paused = true)]
async fn not_at_a_bake_whose_source_forgets_nor_at_one_with_a_health_check() {
    let target = serving();
    let (plugins, plan) = long_bake(&target, Arc::new(target.metrics().without_backfill()), Attendance::Unattended);
    stays(&plugins, &plan).await;
    let target = serving();
    let check = FakeHealth::reports([HealthReport::healthy("ok")]);
    let plugins = with(&target).watch("login", Watch::health(check, Tolerance::times(3))).unwrap();
    let builder = unattended(builder(), Attendance::Unattended);
    let plan = builder.deploy("backend", Capacity::of(4), canary().watch("login").unwrap()).build(&plugins).unwrap();
    stays(&plugins, &plan).await;
}

#[tokio::test(start_paused = true)]
async fn not_while_a_candidate_has_traffic_unless_the_plan_says_so() {
    let target = serving();
    let (plugins, plan) = long_bake(&target, Arc::new(target.metrics()), Attendance::Attended);
    stays(&plugins, &plan).await;
}

/// The driver stays to the end.
async fn stays(plugins: &Plugins, plan: &Plan) {
    let desk = Desk::new();
    let id = desk.process(plugins).start(plan).await.unwrap();
    assert_eq!(outcome(drive_until_waiting(&desk, plugins, &id).await), Outcome::Succeeded);
    assert!(!desk.records(&id).await.iter().any(|record| matches!(record, Record::Parked { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_turned_bad_while_nobody_drove_is_found() {
    let (desk, target) = (Desk::new(), serving());
    let (plugins, plan) = long_bake(&target, Arc::new(target.metrics()), Attendance::Unattended);
    let id = desk.process(&plugins).start(&plan).await.unwrap();
    parked_for(&drive_until_waiting(&desk, &plugins, &id).await, "of baking are left");
    let candidate = target.snapshot().revisions[1].id.clone();
    target.interfere(|at| at.sicken(&candidate));
    tokio::time::sleep(10 * MINUTE).await;
    let ended = outcome(desk.process(&plugins).drive(&id, Until::End).await.unwrap());
    assert!(matches!(ended, Outcome::RolledBack { .. }), "{ended:?}");
    assert_eq!(serves(&target), "1");
}

#[tokio::test(start_paused = true)]
async fn asked_to_stop_on_the_way_back_not_before_all_traffic_is_back() {
    let (desk, target, faults) = (Desk::new(), serving(), Faults::new());
    let plugins = Plugins::new().target("backend", faults.target("backend", Arc::new(target.clone()))).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
    let process = desk.process(&plugins);
    let (id, mut handle) = begin(&process, &plan).await;
    desk.until_at(&id, "backend/bake-10").await;
    // The way back cannot begin before the target was looked at.
    faults.fail("backend.observe", ErrorKind::Unreachable, Status::Temporary);
    desk.say(&id, Signal::Abort).await;
    desk.until(&id, |state| state.reversal().is_some()).await;
    assert_eq!(share(&desk.state(&id).await), Percent::new(10.0).unwrap());
    handle.stop();
    tokio::time::sleep(Duration::from_secs(10)).await;
    faults.clear();
    assert_eq!(handle.wait().await.unwrap(), Ended::Stopped);
    assert_eq!((share(&desk.state(&id).await), serves(&target).as_str()), (Percent::ZERO, "1"));
    is_rolled_back(&drive(&process, &id).await, "abort by bob");
}
