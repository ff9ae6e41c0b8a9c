//! A worker drives what nobody drives, and nothing else.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    DeploymentId, Ended, Orchestrator, Plan, Plugins, Until, Worker,
    action::ActionStatus,
    engine::Outcome,
    gate::GateVerdict,
    memory::MemoryTarget,
    plan::{Capacity, Step},
    signal::{Resolution, Signal},
    testkit::{
        fake::{FakeAction, FakeGate},
        faults::{Call, Faults},
    },
};
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::scene::{Desk, MINUTE, begin, builder, canary, drive, is_halted, serves, serving, with};

/// A worker in a task of its own. It is asked to stop by `stop`.
struct AtWork {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl AtWork {
    fn new(process: Orchestrator) -> Self {
        let (stop, stopped) = oneshot::channel();
        let worker = Worker::new(process).every(MINUTE / 6);
        let task = tokio::spawn(worker.run(async { stopped.await.unwrap_or_default() }));
        Self { stop, task }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

fn plan(plugins: &Plugins) -> Plan {
    builder().deploy("backend", Capacity::of(4), canary()).build(plugins).unwrap()
}

async fn has_ended(desk: &Desk, id: &DeploymentId) -> Outcome {
    desk.until(id, |state| state.outcome().is_some()).await;
    desk.state(id).await.outcome().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_driver_left_is_ended_and_its_claim_given_up() {
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target);
    let plan = plan(&plugins);
    let process = desk.process(&plugins);
    let id = process.start(&plan).await.unwrap();
    timeout(MINUTE / 2, process.drive(&id, Until::End)).await.unwrap_err();
    let worker = AtWork::new(desk.process(&plugins));
    assert_eq!(has_ended(&desk, &id).await, Outcome::Succeeded);
    worker.stop().await;
    assert_eq!((serves(&target).as_str(), desk.claimant(&plan).await), ("2", None));
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_lives_is_left_alone() {
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target);
    let (id, mut handle) = begin(&desk.process(&plugins), &plan(&plugins)).await;
    let worker = AtWork::new(desk.process(&plugins));
    assert_eq!(handle.wait().await.unwrap(), Ended::Outcome(Outcome::Succeeded));
    worker.stop().await;
    assert_eq!(desk.state(&id).await.epoch(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_handed_over_is_driven_on_and_watched_until_its_gate_opens() {
    let (desk, target) = (Desk::new(), serving());
    let gate = FakeGate::says([GateVerdict::wait("frozen until Monday")]);
    let plugins = with(&target).gate("calendar", gate.clone()).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary()).gate_traffic("calendar").build(&plugins).unwrap();
    let process = desk.process(&plugins);
    let id = process.start(&plan).await.unwrap();
    let parked = process.drive(&id, Until::Waiting).await.unwrap();
    assert!(matches!(parked, Ended::Parked { .. }), "{parked:?}");
    let worker = AtWork::new(desk.process(&plugins));
    sleep(60 * MINUTE).await;
    gate.set(GateVerdict::Pass);
    assert_eq!(has_ended(&desk, &id).await, Outcome::Succeeded);
    // It was taken up once, not with every look.
    assert_eq!(desk.state(&id).await.epoch(), 2);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_started_is_left_for_a_while_to_whoever_started_it() {
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target);
    let worker = AtWork::new(desk.process(&plugins));
    let process = desk.process(&plugins);
    let mine = process.start(&plan(&plugins)).await.unwrap();
    sleep(Duration::from_secs(5)).await;
    assert_eq!(drive(&process, &mine).await, Outcome::Succeeded);
    assert_eq!(desk.state(&mine).await.epoch(), 1);
    let release = crate::scene::release("3").deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
    let forgotten = process.start(&release).await.unwrap();
    assert_eq!(has_ended(&desk, &forgotten).await, Outcome::Succeeded);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_halted_one_is_taken_up_once_somebody_has_said_what_to_do() {
    let (desk, target) = (Desk::new(), serving());
    let (flag, faults) = (FakeAction::named("flag").status_is(ActionStatus::Unknown), Faults::new());
    faults.lose_answer(Call::named("flag.apply").nth(1));
    let plugins = with(&target).action("flag", faults.action("flag", Arc::new(flag))).unwrap();
    let plan = builder().before(Step::action("flag", "flag").unwrap()).deploy("backend", Capacity::of(4), canary());
    let plan = plan.build(&plugins).unwrap();
    let process = desk.process(&plugins);
    let id = process.start(&plan).await.unwrap();
    is_halted(&drive(&process, &id).await, "uncertain");
    let before = desk.records(&id).await.len();
    let worker = AtWork::new(desk.process(&plugins));
    sleep(60 * MINUTE).await;
    assert_eq!(desk.records(&id).await.len(), before);
    desk.say(&id, Signal::Resolve(Resolution::Done)).await;
    assert_eq!(has_ended(&desk, &id).await, Outcome::Succeeded);
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn others_are_left_to_those_who_have_their_plugins() {
    let (desk, backend, frontend) = (Desk::new(), serving(), MemoryTarget::builder().build());
    let ours = with(&backend);
    let theirs = Plugins::new().target("frontend", frontend.clone()).unwrap();
    let other = crate::scene::release("2").deploy("frontend", Capacity::of(2), canary()).build(&theirs).unwrap();
    let other = desk.process(&theirs).start(&other).await.unwrap();
    let worker = AtWork::new(desk.process(&ours));
    sleep(60 * MINUTE).await;
    assert_eq!((desk.records(&other).await.len(), desk.state(&other).await.outcome()), (1, None));
    let second = AtWork::new(desk.process(&theirs));
    assert_eq!(has_ended(&desk, &other).await, Outcome::Succeeded);
    worker.stop().await;
    second.stop().await;
}

#[tokio::test(start_paused = true)]
async fn two_workers_drive_a_deployment_once_and_hand_it_over_when_they_stop() {
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target);
    let id = desk.process(&plugins).start(&plan(&plugins)).await.unwrap();
    let workers = [AtWork::new(desk.process(&plugins)), AtWork::new(desk.process(&plugins))];
    desk.until_at(&id, "backend/bake-10").await;
    assert_eq!(desk.state(&id).await.epoch(), 1);
    for worker in workers {
        worker.stop().await;
    }
    assert!(desk.journal.lease(&id).await.unwrap().unwrap().released);
    assert_eq!(desk.state(&id).await.outcome(), None);
    let third = AtWork::new(desk.process(&plugins));
    assert_eq!(has_ended(&desk, &id).await, Outcome::Succeeded);
    third.stop().await;
    assert_eq!((desk.state(&id).await.epoch(), target.snapshot().revisions.len()), (2, 1));
}
