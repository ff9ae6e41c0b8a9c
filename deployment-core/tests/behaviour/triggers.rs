//! What turns a bake red besides metrics: health checks, a suite, an alert, the platform, a person.

use std::time::Duration;

use deployment_core::{
    ErrorKind, Percent, Plugins,
    engine::{Outcome, Record},
    health::{self, HealthReport},
    judge::Tolerance,
    memory::{Behaviour, MemoryTarget},
    plan::{Capacity, Inconclusive, Policy},
    signal::Signal,
    testkit::{fake::FakeHealth, sample},
    watch::Watch,
};

use crate::scene::{Desk, MINUTE, begin, builder, canary, is_halted, is_rolled_back, outcome, serves, serving, with};

fn bad() -> HealthReport {
    HealthReport::unhealthy("503")
}

fn good() -> HealthReport {
    HealthReport::healthy("200")
}

struct Scene {
    desk: Desk,
    target: MemoryTarget,
    plugins: Plugins,
}

fn watched(watch: Watch) -> Scene {
    let target = serving();
    Scene { desk: Desk::new(), plugins: with(&target).watch("watch", watch).unwrap(), target }
}

impl Scene {
    /// To the end of a canary that is watched while it bakes.
    async fn baked(&self) -> Outcome {
        self.baked_under(Policy::default()).await
    }

    async fn baked_under(&self, policy: Policy) -> Outcome {
        let strategy = canary().watch("watch").unwrap();
        let plan = builder().deploy("backend", Capacity::of(4), strategy).policy(policy).build(&self.plugins).unwrap();
        outcome(self.desk.process(&self.plugins).run(&plan).await.unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn a_health_check_that_fails_repeatedly() {
    let check = FakeHealth::reports([good(), bad(), bad(), bad()]);
    let scene = watched(Watch::health(check.clone(), Tolerance::times(3)));
    is_rolled_back(&scene.baked().await, "watch: unhealthy 3 times");
    assert_eq!((check.asked(), serves(&scene.target).as_str()), (4, "1"), "it went back at the third failure in a row");
}

#[tokio::test(start_paused = true)]
async fn but_not_one_that_fails_now_and_then() {
    let flapping = [bad(), bad(), good(), bad(), bad(), good()];
    let scene = watched(Watch::health(FakeHealth::reports(flapping), Tolerance::times(3)));
    assert_eq!(scene.baked().await, Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn nor_one_that_cannot_look_for_a_while_but_it_passes_nothing_either() {
    let check = FakeHealth::reports([good()]);
    check.fail(ErrorKind::Unreachable);
    let scene = watched(Watch::health(check.clone(), Tolerance::none()));
    let policy = Policy { on_inconclusive: Inconclusive::Halt, ..Policy::default() };
    is_halted(&scene.baked_under(policy).await, "inconclusive: backend/bake-10 was not covered by observations");
}

#[tokio::test(start_paused = true)]
async fn a_critical_path_or_an_alert_at_its_first_failure() {
    for what in ["checkout works", "no critical alert"] {
        let began = tokio::time::Instant::now();
        let check = health::from_fn(what, move |_| async move {
            Ok(if began.elapsed() < Duration::from_secs(40) { HealthReport::healthy("ok") } else { HealthReport::unhealthy("3 firing") })
        });
        let scene = watched(Watch::health(check, Tolerance::none()));
        is_rolled_back(&scene.baked().await, "watch: unhealthy 1 times in 6 s, last: 3 firing");
        assert!(began.elapsed() < 2 * MINUTE, "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_suite_before_the_first_request() {
    let target = serving();
    let suite = FakeHealth::reports([HealthReport::unhealthy("2 of 31 cases failed")]);
    let plugins = with(&target).watch("suite", Watch::health(suite, Tolerance::none())).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary().check_first("suite").unwrap()).build(&plugins).unwrap();
    let desk = Desk::new();
    let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
    is_rolled_back(&outcome(handle.wait().await.unwrap()), "2 of 31 cases failed");
    let routed =
        desk.records(&id).await.iter().any(|record| matches!(record, Record::StepStarted { step } if step.as_str() == "backend/route-10"));
    assert!(!routed, "no request reached it");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_unavailable_for_a_time() {
    let down_for = |times: usize| [bad()].into_iter().cycle().take(times).chain([good()]);
    // A look every 6 s: 24 s are borne, 36 s are not.
    let scene = watched(Watch::health(FakeHealth::reports(down_for(4)), Tolerance::lasting(Duration::from_secs(30))));
    assert_eq!(scene.baked().await, Outcome::Succeeded);
    let scene = watched(Watch::health(FakeHealth::reports(down_for(6)), Tolerance::lasting(Duration::from_secs(30))));
    is_rolled_back(&scene.baked().await, "last: 503");
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_shows_too_few_healthy_instances() {
    let sick = Behaviour::healthy().sick_under_traffic(Duration::from_secs(20));
    let target = MemoryTarget::builder().serving(sample::release("1"), 4).behaviour("2", sick).build();
    let scene = Scene {
        desk: Desk::new(),
        plugins: with(&target).watch("watch", Watch::health(FakeHealth::reports([good()]), Tolerance::none())).unwrap(),
        target,
    };
    is_rolled_back(&scene.baked().await, "healthy instances of the candidate");
    assert_eq!(serves(&scene.target), "1");
}

#[tokio::test(start_paused = true)]
async fn a_guard_in_a_bake_that_watches_something_else() {
    let target = serving();
    let check = FakeHealth::reports([good()]);
    let plugins = with(&target).watch("always", Watch::health(check.clone(), Tolerance::times(2))).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary().promote_by_hand_at(10.0).unwrap()).guard("always");
    let plan = plan.build(&plugins).unwrap();
    let desk = Desk::new();
    for step in ["backend/bake-10", "backend/hold-10"] {
        check.set(good());
        let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
        desk.until_at(&id, step).await;
        assert_eq!(desk.state(&id).await.candidate_share(&plan.targets[0].name), Percent::new(10.0).unwrap());
        check.set(bad());
        is_rolled_back(&outcome(handle.wait().await.unwrap()), "always: unhealthy 2 times");
        assert_eq!(serves(&target), "1", "{step}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_person() {
    let scene = watched(Watch::health(FakeHealth::reports([good()]), Tolerance::none()));
    let plan = builder().deploy("backend", Capacity::of(4), canary().watch("watch").unwrap()).build(&scene.plugins).unwrap();
    for signal in [Signal::Abort, Signal::RollBack] {
        let (id, mut handle) = begin(&scene.desk.process(&scene.plugins), &plan).await;
        scene.desk.until_at(&id, "backend/bake-10").await;
        scene.desk.say(&id, signal.clone()).await;
        is_rolled_back(&outcome(handle.wait().await.unwrap()), &format!("{} by bob: because", signal.word()));
        assert_eq!(serves(&scene.target), "1");
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_that_hangs_is_not_waited_for() {
    let check = health::from_fn("hangs", |_| async { std::future::pending::<deployment_core::Result<HealthReport>>().await });
    let scene = watched(Watch::health(check, Tolerance::none()).timeout(Duration::from_secs(2)));
    let began = tokio::time::Instant::now();
    is_rolled_back(&scene.baked().await, "was not covered by observations");
    assert!(began.elapsed() < 15 * MINUTE, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_is_gone_from_the_target() {
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target);
    let strategy = deployment_core::strategy::Canary::steps([50.0, 100.0]).unwrap().bake(30 * MINUTE);
    let plan = builder().deploy("backend", Capacity::of(4), strategy).build(&plugins).unwrap();
    let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
    desk.until_at(&id, "backend/bake-50").await;
    let candidate = target.snapshot().revisions[1].id.clone();
    target.interfere(|at| at.remove(&candidate));
    is_rolled_back(&outcome(handle.wait().await.unwrap()), "of traffic, and the target does not have it");
    assert_eq!(serves(&target), "1");
    let judged = desk.records(&id).await.iter().any(|record| matches!(record, Record::Judged { .. }));
    assert!(!judged, "it went back before the bake had ended");
}
