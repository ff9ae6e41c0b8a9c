//! Letting go of old journals takes nothing that is still needed.

use std::time::Duration;

use deployment_core::{
    DeploymentId, EnvironmentName, ErrorKind, Orchestrator, Plan, Plugins, TargetName, Until,
    action::ActionStatus,
    engine::Outcome,
    gate::ApprovalGate,
    memory::Behaviour,
    memory::MemoryTarget,
    plan::{Capacity, PlanBuilder, Step},
    runtime::Keep,
    strategy::BlueGreen,
    testkit::{fake::FakeAction, faults::Faults, sample},
};

use crate::scene::{Desk, MINUTE, drive, outcome, release};

const NOTHING: Keep = Keep { newest: 0, younger_than: Duration::ZERO };

struct Scene {
    process: Orchestrator,
    plugins: Plugins,
    desk: Desk,
}

fn scene() -> Scene {
    let desk = Desk::new();
    let target = MemoryTarget::builder().serving(sample::release("0"), 2).behaviour("bad", Behaviour::never_healthy()).build();
    let (faults, flag) = (Faults::new(), FakeAction::named("flag").status_is(ActionStatus::Unknown));
    faults.lose_answer("flag.apply");
    let plugins = Plugins::new().target("backend", target).unwrap().gate("approval", ApprovalGate::by(1)).unwrap();
    let plugins = plugins.action("flag", faults.action("flag", std::sync::Arc::new(flag))).unwrap();
    Scene { process: desk.process(&plugins), plugins, desk }
}

fn plan(version: &str) -> PlanBuilder {
    release(version).deploy("backend", Capacity::of(2), BlueGreen::new().grace(Duration::ZERO))
}

impl Scene {
    async fn deploy(&self, version: &str) -> DeploymentId {
        let plan = plan(version).build(&self.plugins).unwrap();
        let id = self.process.start(&plan).await.unwrap();
        drive(&self.process, &id).await;
        tokio::time::sleep(MINUTE).await;
        id
    }

    async fn prune(&self, keep: Keep) -> Vec<DeploymentId> {
        self.process.prune(keep).await.unwrap()
    }

    async fn versions(&self) -> Vec<String> {
        self.process.list().await.unwrap().into_iter().map(|entry| entry.release.version).collect()
    }

    fn elsewhere(plan: &mut Plan, environment: &str) {
        plan.environment = EnvironmentName::new(environment).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_runs_and_what_ran_before_it_are_always_kept() {
    let scene = scene();
    for version in ["1", "2", "3", "3", "bad", "bad"] {
        scene.deploy(version).await;
    }
    let removed = scene.prune(NOTHING).await;
    assert_eq!(scene.versions().await, ["2", "3"], "{} removed", removed.len());
    let plan = plan("4").build(&scene.plugins).unwrap();
    let history = scene.process.history(&plan.service, &plan.environment).await.unwrap();
    let backend = TargetName::new("backend").unwrap();
    let (good, release) = history.last_known_good(&backend).unwrap();
    assert_eq!((release.version.as_str(), good.outcome.clone()), ("3", Some(Outcome::Unchanged)));
    assert_eq!(history.previous(&backend).unwrap().1.version, "2");
    assert_eq!(scene.prune(NOTHING).await, []);
}

#[tokio::test(start_paused = true)]
async fn the_newest_and_the_young_are_kept() {
    let scene = scene();
    for version in ["1", "2", "3", "4", "5", "6"] {
        scene.deploy(version).await;
    }
    assert_eq!(scene.prune(Keep { newest: 5, younger_than: Duration::ZERO }).await.len(), 1);
    assert_eq!(scene.prune(Keep { newest: 0, younger_than: Duration::from_secs(86_400) }).await, []);
    assert_eq!(scene.versions().await, ["2", "3", "4", "5", "6"]);
    tokio::time::sleep(Duration::from_secs(86_400)).await;
    assert_eq!(scene.prune(Keep { newest: 3, younger_than: Duration::from_secs(86_400) }).await.len(), 2);
    assert_eq!(scene.versions().await, ["4", "5", "6"]);
}

#[tokio::test(start_paused = true)]
async fn what_has_not_ended_is_kept_with_its_claim() {
    let scene = scene();
    let flag = Step::action("flag", "flag").unwrap();
    let mut halts = plan("1").before(flag).build(&scene.plugins).unwrap();
    Scene::elsewhere(&mut halts, "staging");
    let halted = scene.process.start(&halts).await.unwrap();
    assert!(matches!(drive(&scene.process, &halted).await, Outcome::Halted { .. }));
    let waits = plan("1").gate("approval").build(&scene.plugins).unwrap();
    let parked = scene.process.start(&waits).await.unwrap();
    scene.process.drive(&parked, Until::Waiting).await.unwrap();
    let mut untouched = plan("1").build(&scene.plugins).unwrap();
    Scene::elsewhere(&mut untouched, "preview");
    let started = scene.process.start(&untouched).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1_000_000)).await;

    assert_eq!(scene.prune(NOTHING).await, []);
    for id in [&halted, &parked, &started] {
        scene.desk.state(id).await;
    }
    for plan in [&halts, &waits] {
        assert_eq!(scene.process.start(plan).await.unwrap_err().kind(), ErrorKind::Conflict);
    }
    assert_eq!(outcome(scene.process.drive(&started, Until::End).await.unwrap()), Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn what_is_removed_is_gone_with_all_that_belongs_to_it() {
    let scene = scene();
    let bad = scene.deploy("bad").await;
    assert_eq!(scene.prune(NOTHING).await, std::slice::from_ref(&bad));
    assert_eq!(scene.process.state(&bad).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(scene.desk.journal.lease(&bad).await.unwrap(), None);
    assert_eq!(scene.desk.journal.list().await.unwrap(), []);
}
