//! What a dead driver has asked for may go on without it until its step's deadline: nothing about it is asked for again before.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use deployment_core::{
    DeploymentContext, DeploymentId, EffectContext, Error, ErrorKind, Orchestrator, Plugins, Result, StepId, Timestamp, Until,
    action::{Action, ActionStatus},
    backup::{Backup, BackupProvider, BackupState, Retention, VerifyLevel},
    engine::{Finding, Outcome, Record},
    memory::MemoryTarget,
    migration::{Migration, Phase, Reversibility},
    plan::{Capacity, PlanBuilder, Step},
    signal::{Resolution, Signal},
    testkit::{TokioClock, fake::FakeBackup, sample},
    time::Clock,
};
use serde_json::Value;
use tokio::time::sleep;

use crate::scene::{Desk, MINUTE, builder, canary, drive, is_halted, is_rolled_back, serving, with};

/// How long the deadline of the step is.
const DEADLINE: Duration = Duration::from_secs(15 * 60);

/// Something elsewhere that takes ten minutes whether or not who asked for it is still there, and must not be asked for twice at a time.
#[derive(Debug, Clone)]
struct Job {
    clock: Arc<TokioClock>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    /// The first request gets lost on its way.
    loses_first: bool,
    status: Option<ActionStatus>,
    done: bool,
    running: usize,
    most: usize,
    asked: Vec<(&'static str, Timestamp)>,
}

impl Job {
    fn new(desk: &Desk) -> Self {
        Self { clock: Arc::clone(&desk.clock), seen: Arc::default() }
    }

    fn losing_first(self) -> Self {
        self.seen.lock().unwrap().loses_first = true;
        self
    }

    async fn run(&self, what: &'static str, done: bool) -> Result<()> {
        let lost = {
            let mut seen = self.seen.lock().unwrap();
            seen.asked.push((what, self.clock.now()));
            seen.loses_first && seen.asked.len() == 1
        };
        if lost {
            std::future::pending::<()>().await;
        }
        let seen = Arc::clone(&self.seen);
        let elsewhere = tokio::spawn(async move {
            let running = |by: isize| {
                let mut seen = seen.lock().unwrap();
                seen.running = seen.running.checked_add_signed(by).unwrap();
                seen.most = seen.most.max(seen.running);
            };
            running(1);
            sleep(10 * MINUTE).await;
            running(-1);
            seen.lock().unwrap().done = done;
        });
        elsewhere.await.map_err(|error| Error::new(ErrorKind::Failed, what, "it has died").because(error))
    }

    fn says(&self) -> ActionStatus {
        let seen = self.seen.lock().unwrap();
        seen.status.clone().unwrap_or(if seen.done { ActionStatus::Done } else { ActionStatus::NotDone })
    }

    fn asked(&self) -> Vec<(&'static str, Timestamp)> {
        self.seen.lock().unwrap().asked.clone()
    }

    fn words(&self) -> Vec<&'static str> {
        self.asked().into_iter().map(|(what, _)| what).collect()
    }

    fn most_at_a_time(&self) -> usize {
        self.seen.lock().unwrap().most
    }
}

#[async_trait]
impl Action for Job {
    fn describe(&self) -> String {
        "a job elsewhere".into()
    }
    async fn prepare(&self, _: &DeploymentContext) -> Result<Value> {
        Ok(Value::Null)
    }
    async fn apply(&self, _: &EffectContext, _: &Value) -> Result<()> {
        self.run("apply", true).await
    }
    async fn status(&self, _: &EffectContext, _: &Value) -> Result<ActionStatus> {
        Ok(self.says())
    }
    async fn undo(&self, _: &EffectContext, _: &Value) -> Result<()> {
        self.run("undo", false).await
    }
}

#[async_trait]
impl Migration for Job {
    fn describe(&self) -> String {
        "a migration elsewhere".into()
    }
    fn phase(&self) -> Phase {
        Phase::Expand
    }
    fn reversibility(&self) -> Reversibility {
        Reversibility::Reversible
    }
    async fn status(&self) -> Result<ActionStatus> {
        Ok(self.says())
    }
    async fn apply(&self, _: &EffectContext) -> Result<()> {
        self.run("apply", true).await
    }
    async fn revert(&self, _: &EffectContext) -> Result<()> {
        self.run("undo", false).await
    }
}

/// Backups that are verified by such a job.
#[derive(Debug)]
struct Verified(FakeBackup, Job);

#[async_trait]
impl BackupProvider for Verified {
    fn describe(&self) -> String {
        "backups that are restored elsewhere".into()
    }
    async fn create(&self, context: &EffectContext, name: &str) -> Result<()> {
        self.0.create(context, name).await
    }
    async fn status(&self, name: &str) -> Result<BackupState> {
        self.0.status(name).await
    }
    async fn verify(&self, context: &EffectContext, name: &str, level: VerifyLevel) -> Result<VerifyLevel> {
        self.1.run("apply", true).await?;
        self.0.verify(context, name, level).await
    }
    async fn restore(&self, context: &EffectContext, name: &str) -> Result<()> {
        self.0.restore(context, name).await
    }
    async fn list(&self) -> Result<Vec<Backup>> {
        self.0.list().await
    }
    async fn prune(&self, context: &EffectContext, retention: &Retention) -> Result<Vec<Backup>> {
        self.0.prune(context, retention).await
    }
}

struct Scene {
    desk: Desk,
    process: Orchestrator,
    id: DeploymentId,
}

impl Scene {
    async fn of(desk: Desk, plugins: Plugins, plan: PlanBuilder) -> Self {
        let plan = plan.deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
        let process = desk.process(&plugins);
        let id = process.start(&plan).await.unwrap();
        Self { desk, process, id }
    }

    async fn acting(job: &Job, desk: Desk, target: &MemoryTarget) -> Self {
        let plugins = with(target).action("job", job.clone()).unwrap();
        let step = Step::action("job", "job").unwrap().within(DEADLINE);
        Self::of(desk, plugins, builder().before(step)).await
    }

    /// A process drives it for so long, and dies.
    async fn driven_for(&self, time: Duration) {
        tokio::select! {
            biased;
            ended = self.process.drive(&self.id, Until::End) => panic!("{ended:?}"),
            () = sleep(time) => {}
        }
    }

    /// When the effect that counts was asked for first, and from when on it may be asked for again.
    async fn may_again(&self) -> Timestamp {
        let entries = self.desk.journal.read(&self.id, 0).await.unwrap();
        let started = entries.iter().find(|entry| matches!(entry.record, Record::StepStarted { .. })).unwrap();
        started.at + DEADLINE
    }

    async fn is_told_what_is_waited_for(&self) -> bool {
        let waits = |record: &Record| match record {
            Record::Found { finding: Finding::Pending { reason }, .. } => reason.contains("may be under way until 2026-"),
            _ => false,
        };
        self.desk.records(&self.id).await.iter().filter(|record| waits(record)).count() == 1
    }
}

#[tokio::test(start_paused = true)]
async fn what_goes_on_without_its_driver_is_not_asked_for_again() {
    let (desk, target) = (Desk::new(), serving());
    let job = Job::new(&desk);
    let scene = Scene::acting(&job, desk, &target).await;
    scene.driven_for(Duration::from_secs(5)).await;
    assert_eq!(drive(&scene.process, &scene.id).await, Outcome::Succeeded);
    assert_eq!((job.words(), job.most_at_a_time()), (vec!["apply"], 1));
    assert!(scene.is_told_what_is_waited_for().await);
    let took = scene.desk.state(&scene.id).await.find(&StepId::new("job").unwrap()).unwrap().1.ended.unwrap().since(sample::NOON);
    assert!(took < 11 * MINUTE, "once it is there, nobody waits any longer: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_lost_is_asked_for_again_with_its_whole_time_once_it_cannot_come_any_more() {
    let (desk, target) = (Desk::new(), serving());
    let job = Job::new(&desk).losing_first();
    let scene = Scene::acting(&job, desk, &target).await;
    // The second process dies while it waits.
    for _ in 0..2 {
        scene.driven_for(2 * MINUTE).await;
    }
    assert_eq!(drive(&scene.process, &scene.id).await, Outcome::Succeeded);
    assert_eq!(job.words(), ["apply", "apply"]);
    let (again, may) = (job.asked()[1].1, scene.may_again().await);
    assert!(again >= may && again < may + MINUTE, "asked for again at {again}, the first call may take until {may}");
}

#[tokio::test(start_paused = true)]
async fn the_way_back_undoes_it_only_once_it_has_ended() {
    let (desk, target) = (Desk::new(), serving());
    let job = Job::new(&desk);
    let scene = Scene::acting(&job, desk, &target).await;
    scene.driven_for(Duration::from_secs(5)).await;
    scene.desk.say(&scene.id, Signal::Abort).await;
    let ended = drive(&scene.process, &scene.id).await;
    assert!(matches!(ended, Outcome::Rejected { .. }), "{ended:?}");
    assert_eq!((job.words(), job.most_at_a_time()), (vec!["apply", "undo"], 1));
    let (undone, may) = (job.asked()[1].1, scene.may_again().await);
    assert!(undone >= may, "done at once or not, a call that was left behind may take until {may}; undone at {undone}");
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_goes_on_without_its_driver_is_not_asked_for_again() {
    let (desk, target) = (Desk::new(), serving());
    let job = Job::new(&desk);
    let scene = Scene::acting(&job, desk, &target).await;
    let until = |words: usize| {
        let job = job.clone();
        async move {
            while job.words().len() < words {
                sleep(Duration::from_secs(1)).await;
            }
        }
    };
    tokio::select! {
        ended = scene.process.drive(&scene.id, Until::End) => panic!("{ended:?}"),
        () = async {
            scene.desk.until_at(&scene.id, "backend/bake-10").await;
            scene.desk.say(&scene.id, Signal::Abort).await;
            until(2).await;
            sleep(MINUTE).await;
        } => {}
    }
    is_rolled_back(&drive(&scene.process, &scene.id).await, "abort by bob");
    assert_eq!((job.words(), job.most_at_a_time()), (vec!["apply", "undo"], 1));
}

#[tokio::test(start_paused = true)]
async fn migrations_and_backups_are_no_different() {
    let (desk, target) = (Desk::new(), serving());
    let job = Job::new(&desk);
    let plugins = with(&target).migration("job", job.clone()).unwrap();
    let step = Step::migration("job", "job", &job).unwrap().within(DEADLINE);
    let scene = Scene::of(desk, plugins, builder().before(step)).await;
    scene.driven_for(Duration::from_secs(5)).await;
    assert_eq!(drive(&scene.process, &scene.id).await, Outcome::Succeeded);
    assert_eq!((job.words(), job.most_at_a_time()), (vec!["apply"], 1), "a migration");

    let (desk, target) = (Desk::new(), serving());
    let job = Job::new(&desk);
    let copies = FakeBackup::new(TokioClock::starting_at(sample::NOON));
    let plugins = with(&target).backup("job", Verified(copies, job.clone())).unwrap();
    let step = Step::backup("job", "job", VerifyLevel::Restored).unwrap().within(DEADLINE);
    let scene = Scene::of(desk, plugins, builder().before(step)).await;
    scene.driven_for(MINUTE).await;
    drive(&scene.process, &scene.id).await;
    assert_eq!((job.words(), job.most_at_a_time()), (vec!["apply", "apply"], 1), "a backup");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_what_nobody_can_know_yet() {
    let (desk, target) = (Desk::new(), serving());
    let job = Job::new(&desk);
    job.seen.lock().unwrap().status = Some(ActionStatus::Unknown);
    let scene = Scene::acting(&job, desk, &target).await;
    scene.driven_for(Duration::from_secs(5)).await;
    is_halted(&drive(&scene.process, &scene.id).await, "cannot tell whether it has happened");
    assert!(scene.desk.state(&scene.id).await.last_record() >= scene.may_again().await);
    scene.desk.say(&scene.id, Signal::Resolve(Resolution::NotDone)).await;
    assert_eq!(drive(&scene.process, &scene.id).await, Outcome::Succeeded);
    assert_eq!((job.words(), job.most_at_a_time()), (vec!["apply", "apply"], 1));
}
