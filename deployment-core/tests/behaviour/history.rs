//! What ran where: each target has a history of its own, whichever plans it was in.

use std::time::Duration;

use deployment_core::{
    Actor, EnvironmentName, Orchestrator, Plugins, Release, TargetName,
    engine::Outcome,
    environment::Profile,
    gate::{self, GateVerdict},
    memory::{Behaviour, MemoryTarget},
    plan::{Capacity, PlanBuilder, Policy, SickStable},
    release::{History, Left},
    runtime::Keep,
    signal::Signal,
    strategy::BlueGreen,
    testkit::sample,
};

use crate::scene::{Desk, MINUTE, builder, drive, serves};

struct Parts {
    desk: Desk,
    process: Orchestrator,
    plugins: Plugins,
    backend: MemoryTarget,
    frontend: MemoryTarget,
}

/// A backend and a frontend. Version 4-bad never gets healthy, 9-sick only until it has had traffic for a while.
fn parts() -> Parts {
    let target = || {
        let sick = Behaviour::healthy().sick_under_traffic(Duration::from_secs(20));
        MemoryTarget::builder().behaviour("4-bad", Behaviour::never_healthy()).behaviour("9-sick", sick).build()
    };
    let (backend, frontend, desk) = (target(), target(), Desk::new());
    let plugins = Plugins::new().target("backend", backend.clone()).unwrap().target("frontend", frontend.clone()).unwrap();
    let closed = gate::from_fn("closed", |_| async { Ok(GateVerdict::reject("not today")) });
    let plugins = plugins.gate("closed", closed).unwrap();
    Parts { process: desk.process(&plugins), desk, plugins, backend, frontend }
}

fn name(target: &str) -> TargetName {
    TargetName::new(target).unwrap()
}

fn switch() -> BlueGreen {
    BlueGreen::new().grace(Duration::ZERO)
}

fn profile() -> Profile {
    Profile::new(EnvironmentName::new("production").unwrap(), switch(), Capacity::of(2))
}

impl Parts {
    async fn run(&self, plan: PlanBuilder) -> Outcome {
        let plan = plan.build(&self.plugins).unwrap();
        let id = self.process.start(&plan).await.unwrap();
        let ended = drive(&self.process, &id).await;
        tokio::time::sleep(MINUTE).await;
        ended
    }

    /// Deploys these versions, each on its target, in one plan.
    async fn deploy(&self, versions: &[(&str, &str)]) -> Outcome {
        let add = |plan: PlanBuilder, (target, version): &(&str, &str)| {
            plan.deploy_release(target, sample::release(version), Capacity::of(2), switch())
        };
        self.run(versions.iter().fold(builder(), add)).await
    }

    async fn history(&self) -> History {
        let plan = builder().deploy("backend", Capacity::of(2), switch()).build(&self.plugins).unwrap();
        self.process.history(&plan.service, &plan.environment).await.unwrap()
    }

    /// What serves a target, its last good release and the one before, as the history tells.
    async fn told(&self, target: &str) -> [Option<String>; 3] {
        let (history, target) = (self.history().await, name(target));
        let version = |release: &Release| release.version.clone();
        let last = history.last_known_good(&target).map(|(_, release)| release);
        [history.serving(&target), last, history.previous(&target).map(|(_, release)| release)].map(|release| release.map(version))
    }
}

fn versions(told: [&str; 3]) -> [Option<String>; 3] {
    told.map(|version| (version != "-").then(|| version.to_owned()))
}

#[tokio::test(start_paused = true)]
async fn a_rollback_of_one_target_goes_to_what_that_target_ran_before() {
    let parts = parts();
    for deploys in [&[("frontend", "f1")][..], &[("frontend", "f2")], &[("backend", "b1")], &[("backend", "b2")], &[("backend", "b3")]] {
        assert_eq!(parts.deploy(deploys).await, Outcome::Succeeded);
    }
    assert_eq!(parts.told("frontend").await, versions(["f2", "f2", "f1"]));
    assert_eq!(parts.told("backend").await, versions(["b3", "b3", "b2"]));

    let back = parts.history().await.way_back([&name("frontend")]).unwrap();
    parts.run(profile().plan_rollback(back, Actor::new("ada").unwrap()).unwrap()).await;
    assert_eq!((serves(&parts.frontend).as_str(), serves(&parts.backend).as_str()), ("f1", "b3"));
    assert_eq!(parts.told("frontend").await, versions(["f1", "f1", "f2"]));
    assert_eq!(parts.told("backend").await, versions(["b3", "b3", "b2"]));
}

#[tokio::test(start_paused = true)]
async fn targets_of_one_plan_go_back_each_to_its_own_release() {
    let parts = parts();
    for deploys in [&[("backend", "b1"), ("frontend", "f1")][..], &[("backend", "b2")], &[("backend", "b3"), ("frontend", "f3")]] {
        assert_eq!(parts.deploy(deploys).await, Outcome::Succeeded);
    }
    let history = parts.history().await;
    let back = history.way_back([&name("backend"), &name("frontend")]).unwrap();
    assert!(history.way_back([&name("backend"), &name("mailer")]).unwrap_err().to_string().contains("mailer"));
    let plan = profile().plan_rollback(back, Actor::new("ada").unwrap()).unwrap();
    assert_eq!(parts.run(plan).await, Outcome::Succeeded);
    assert_eq!((serves(&parts.backend).as_str(), serves(&parts.frontend).as_str()), ("b2", "f1"));
}

#[tokio::test(start_paused = true)]
async fn what_failed_was_refused_or_is_new_there_is_no_way_back() {
    let parts = parts();
    parts.deploy(&[("backend", "b1"), ("frontend", "f1")]).await;
    assert_eq!(parts.told("frontend").await, versions(["f1", "f1", "-"]), "there is no other");
    parts.deploy(&[("backend", "b2")]).await;
    assert!(matches!(parts.deploy(&[("backend", "4-bad")]).await, Outcome::RolledBack { .. }));
    let refused = builder().gate("closed").deploy_release("backend", sample::release("b5"), Capacity::of(2), switch());
    assert!(matches!(parts.run(refused).await, Outcome::Rejected { .. }));
    assert_eq!(parts.told("backend").await, versions(["b2", "b2", "b1"]));
}

#[tokio::test(start_paused = true)]
async fn a_committed_wave_is_good_whatever_becomes_of_the_next() {
    let parts = parts();
    parts.deploy(&[("backend", "b1"), ("frontend", "f1")]).await;
    let release = sample::release;
    let waves = builder().deploy_release("backend", release("b2"), Capacity::of(2), switch()).commit();
    let waves = waves.deploy_release("frontend", release("4-bad"), Capacity::of(2), switch());
    assert!(matches!(parts.run(waves).await, Outcome::RolledBack { .. }));
    assert_eq!((serves(&parts.backend).as_str(), serves(&parts.frontend).as_str()), ("b2", "f1"));
    assert_eq!(parts.told("backend").await, versions(["b2", "b2", "b1"]));
    assert_eq!(parts.told("frontend").await, versions(["f1", "f1", "-"]));
}

/// The plan's own release is not the frontend's: the same thing deployed again is unchanged there, and no other good release.
#[tokio::test(start_paused = true)]
async fn a_release_that_was_stable_already_is_the_good_one() {
    let parts = parts();
    parts.deploy(&[("frontend", "f1")]).await;
    parts.deploy(&[("frontend", "f2")]).await;
    assert_eq!(parts.deploy(&[("frontend", "f2")]).await, Outcome::Unchanged);
    assert_eq!(parts.told("frontend").await, versions(["f2", "f2", "f1"]));
}

/// Deploys a version that gets sick as soon as it has traffic, while the stable one is sick too.
async fn both_get_sick(parts: &Parts, strategy: BlueGreen, on_sick_stable: SickStable) -> Outcome {
    let plan = builder().deploy_release("backend", sample::release("9-sick"), Capacity::of(2), strategy);
    let plan = plan.policy(Policy { on_sick_stable, ..Policy::default() }).build(&parts.plugins).unwrap();
    let id = parts.process.start(&plan).await.unwrap();
    let sick = async {
        tokio::time::sleep(Duration::from_secs(15)).await;
        let stable = parts.backend.snapshot().revisions[0].id.clone();
        parts.backend.interfere(|at| at.sicken(&stable));
    };
    let (ended, ()) = tokio::join!(drive(&parts.process, &id), sick);
    if matches!(ended, Outcome::Halted { .. }) {
        assert_eq!(parts.told("backend").await[1].as_deref(), Some("b2"), "while it is halted");
        parts.desk.say(&id, Signal::Close).await;
        return drive(&parts.process, &id).await;
    }
    ended
}

#[tokio::test(start_paused = true)]
async fn what_a_deployment_has_left_counts_however_it_ended() {
    let ramp = BlueGreen::new().shift_by([50.0, 100.0], MINUTE).unwrap();
    let last_known_good = SickStable::Deploy { release: Box::new(sample::release("b1")) };
    let cases = [
        (BlueGreen::new().grace(MINUTE), SickStable::Halt, ["9-sick", "b2", "b2"]),
        (ramp, SickStable::Halt, ["-", "b2", "b2"]),
        (BlueGreen::new().grace(MINUTE), last_known_good, ["b1", "b2", "b2"]),
    ];
    for (strategy, policy, told) in cases {
        let halts = policy == SickStable::Halt;
        let parts = parts();
        parts.deploy(&[("backend", "b1")]).await;
        parts.deploy(&[("backend", "b2")]).await;
        let ended = both_get_sick(&parts, strategy, policy).await;
        let ended_so = if halts { matches!(ended, Outcome::Closed { .. }) } else { matches!(ended, Outcome::RolledBack { .. }) };
        assert!(ended_so, "{ended:?}");
        assert_eq!(parts.told("backend").await, versions(told), "{ended:?}");
        // Letting go of what is old does not change the answers.
        let removed = parts.process.prune(Keep { newest: 0, younger_than: Duration::ZERO }).await.unwrap();
        assert_eq!(parts.told("backend").await, versions(told), "without {removed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn retention_keeps_what_each_target_needs() {
    let parts = parts();
    for deploys in [&[("frontend", "f0")][..], &[("frontend", "f1")], &[("frontend", "f2")]] {
        parts.deploy(deploys).await;
    }
    for version in ["b1", "b2", "b3", "b4"] {
        parts.deploy(&[("backend", version)]).await;
    }
    let removed = parts.process.prune(Keep { newest: 0, younger_than: Duration::ZERO }).await.unwrap();
    assert_eq!(removed.len(), 3, "f0, b1 and b2");
    assert_eq!(parts.told("frontend").await, versions(["f2", "f2", "f1"]));
    assert_eq!(parts.told("backend").await, versions(["b4", "b4", "b3"]));
    let left = parts.history().await;
    assert!(left.entries().iter().all(|entry| entry.targets.iter().all(|on| on.good && on.left != Left::AsBefore)));
}
