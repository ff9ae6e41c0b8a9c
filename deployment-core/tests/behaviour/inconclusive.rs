//! A bake that ends without an answer, for want of data or of samples: what the policy says is done.

use std::sync::Arc;

use deployment_core::{
    Orchestrator, Percent, Plan, Plugins,
    engine::{Outcome, State},
    judge::Threshold,
    memory::MemoryTarget,
    metric::Query,
    plan::{Capacity, Inconclusive, Policy},
    signal::Signal,
    testkit::fake::FakeMetrics,
    watch::Watch,
};

use crate::scene::{Desk, MINUTE, begin, builder, canary, drive, is_halted, is_rolled_back, outcome, serves, serving, share, with};

struct Scene {
    desk: Desk,
    target: MemoryTarget,
    metrics: FakeMetrics,
    process: Orchestrator,
    plan: Plan,
}

fn scene(metrics: &FakeMetrics, on_inconclusive: Inconclusive) -> Scene {
    let (desk, target) = (Desk::new(), serving());
    let rule = Threshold::error_rate(5.0).unwrap().min_samples(1_000);
    let watch = Watch::metrics(Arc::new(metrics.clone()), Query::default(), rule);
    let plugins: Plugins = with(&target).watch("errors", watch).unwrap();
    let policy = Policy { on_inconclusive, ..Policy::default() };
    let plan = builder().deploy("backend", Capacity::of(4), canary().watch("errors").unwrap()).policy(policy).build(&plugins).unwrap();
    Scene { process: desk.process(&plugins), desk, target, metrics: metrics.clone(), plan }
}

/// No data at all, and too little of it; with what is said of it.
fn wanting() -> [(FakeMetrics, &'static str); 2] {
    [(FakeMetrics::silent(), "was not covered by observations"), (FakeMetrics::requests(3, 0), "samples, 1000 are needed")]
}

fn asks(state: &State) -> bool {
    state.course().current().is_some_and(|(_, run)| run.bake.asks)
}

#[tokio::test(start_paused = true)]
async fn it_rolls_back_unless_told_otherwise() {
    assert_eq!(Policy::default().on_inconclusive, Inconclusive::RollBack);
    for (metrics, why) in wanting() {
        let scene = scene(&metrics, Inconclusive::RollBack);
        let ended = outcome(scene.process.run(&scene.plan).await.unwrap());
        is_rolled_back(&ended, "inconclusive");
        is_rolled_back(&ended, why);
        assert_eq!(serves(&scene.target), "1");
    }
}

#[tokio::test(start_paused = true)]
async fn it_halts_with_traffic_as_it_is_and_a_retry_bakes_again() {
    for (metrics, why) in wanting() {
        let scene = scene(&metrics, Inconclusive::Halt);
        let id = scene.process.start(&scene.plan).await.unwrap();
        is_halted(&drive(&scene.process, &id).await, why);
        assert_eq!(share(&scene.desk.state(&id).await), Percent::new(10.0).unwrap());
        assert_eq!(scene.desk.claimant(&scene.plan).await, Some(id.clone()));
        scene.metrics.set(FakeMetrics::measured(500, 0));
        scene.desk.say(&id, Signal::Retry).await;
        assert_eq!(drive(&scene.process, &id).await, Outcome::Succeeded);
        assert_eq!(serves(&scene.target), "2");
    }
}

#[tokio::test(start_paused = true)]
async fn it_asks_and_a_promotion_counts_for_one_bake_only() {
    for (metrics, _) in wanting() {
        let scene = scene(&metrics, Inconclusive::Ask);
        let (id, mut handle) = begin(&scene.process, &scene.plan).await;
        for bake in ["backend/bake-10", "backend/bake-100"] {
            scene.desk.until_at(&id, bake).await;
            assert!(scene.desk.try_say(&id, Signal::Promote).await.is_err(), "{bake} is not over yet");
            scene.desk.until(&id, asks).await;
            scene.desk.say(&id, Signal::Promote).await;
        }
        assert_eq!(outcome(handle.wait().await.unwrap()), Outcome::Succeeded);
        assert_eq!(serves(&scene.target), "2");
    }
}

#[tokio::test(start_paused = true)]
async fn it_asks_and_an_abort_goes_back() {
    for (metrics, _) in wanting() {
        let scene = scene(&metrics, Inconclusive::Ask);
        let (id, mut handle) = begin(&scene.process, &scene.plan).await;
        scene.desk.until(&id, asks).await;
        scene.desk.say(&id, Signal::Abort).await;
        is_rolled_back(&outcome(handle.wait().await.unwrap()), "abort by bob: because");
        assert_eq!(serves(&scene.target), "1");
    }
}

#[tokio::test(start_paused = true)]
async fn it_asks_and_goes_back_in_time_if_nobody_answers() {
    for (metrics, _) in wanting() {
        let scene = scene(&metrics, Inconclusive::Ask);
        let began = tokio::time::Instant::now();
        let ended = outcome(scene.process.run(&scene.plan).await.unwrap());
        is_rolled_back(&ended, "backend/bake-10");
        assert!(began.elapsed() < scene.plan.forward_budget() + 10 * MINUTE, "{:?}", began.elapsed());
    }
}
