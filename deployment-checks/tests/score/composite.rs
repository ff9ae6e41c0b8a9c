//! The score as a check: its checks look side by side, within their time, and it can be watched.

use std::time::Duration;

use deployment_checks::{
    look::Finding,
    score::{Band, HealthScore, ScoredCheck},
};
use deployment_core::{
    Actor, Ended, EnvironmentName, Orchestrator, Plan, Plugins, Release, ServiceName,
    engine::Outcome,
    health::{self, HealthCheck, HealthReport},
    journal::MemoryJournal,
    judge::Tolerance,
    memory::MemoryTarget,
    plan::Capacity,
    strategy::Canary,
    testkit::{TokioClock, assert_none, conformance, fake::FakeHealth, sample},
    watch::Watch,
};
use tokio::time::Instant;

fn after(seconds: u64, report: HealthReport) -> impl HealthCheck {
    health::from_fn(format!("after {seconds} s"), move |_| {
        let report = report.clone();
        async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok(report)
        }
    })
}

#[tokio::test(start_paused = true)]
async fn checks_look_side_by_side_and_one_that_hangs_is_unknown() {
    let shop = HealthScore::builder("shop")
        .check(ScoredCheck::basic(after(4, HealthReport::healthy("up"))))
        .check(ScoredCheck::performance(after(5, HealthReport::degraded(50, "slow"))))
        .check(ScoredCheck::business(after(3_600, HealthReport::healthy("never"))))
        .build()
        .unwrap();
    let begin = Instant::now();
    let score = shop.score(&sample::health(sample::NOON)).await;
    assert_eq!(begin.elapsed().as_secs(), 8);
    assert_eq!(score.checks[2].finding, Finding::Unknown { reason: "no answer within 8 s".into() });
    assert_eq!((score.score, score.known.basis_points()), (Some(76.7), 7_500));
    let Finding::Seen(report) = &score.checks[0].finding else { panic!("{score:?}") };
    assert_eq!(report.latency.as_secs(), 4, "a check that does not say how long it took is timed");
}

#[tokio::test]
async fn a_check_that_panics_is_unknown_and_the_others_are_heard() {
    let broken = health::from_fn("broken", |_| async { panic!("index out of bounds") });
    let fine = FakeHealth::reports([HealthReport::healthy("up")]);
    let shop = HealthScore::builder("shop").check(ScoredCheck::basic(broken)).check(ScoredCheck::performance(fine)).build().unwrap();
    let score = shop.score(&sample::health(sample::NOON)).await;
    assert_eq!((score.score, score.band), (Some(100.0), Some(Band::Excellent)));
    assert_eq!(score.checks[0].finding.text(), "the check panicked");
}

#[tokio::test]
async fn it_keeps_the_contract_of_a_check() {
    for report in [HealthReport::healthy("up"), HealthReport::degraded(70, "slow"), HealthReport::unhealthy("down")] {
        let check = FakeHealth::reports([report]);
        let shop = HealthScore::builder("shop").check(ScoredCheck::basic(check).weight(2).required()).build().unwrap();
        assert_eq!(shop.describe(), "health score of shop (basic 40 %: fake health check ×2 (required))");
        assert_none(&conformance::health::check(&shop, &sample::health(sample::NOON), Duration::from_secs(10)).await);
    }
}

/// How a canary ends that is watched by a score of which the performance part is this.
async fn deploy(performance: HealthReport) -> Ended {
    let check = |report| FakeHealth::reports([report]);
    let score = HealthScore::builder("shop")
        .check(ScoredCheck::basic(check(HealthReport::healthy("up"))))
        .check(ScoredCheck::performance(check(performance)))
        .build()
        .unwrap();
    let target = MemoryTarget::builder().serving(sample::release("1"), 2).build();
    let watch = Watch::health(score, Tolerance::times(2));
    let plugins = Plugins::new().target("backend", target).unwrap().watch("score", watch).unwrap();
    let release = Release::new(ServiceName::new("shop").unwrap(), "2");
    let canary = Canary::steps([10.0, 100.0]).unwrap().bake(Duration::from_secs(300)).watch("score").unwrap();
    let plan = Plan::builder(release, EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
        .deploy("backend", Capacity::of(2), canary)
        .build(&plugins)
        .unwrap();
    let journal = std::sync::Arc::new(MemoryJournal::new());
    let clock = std::sync::Arc::new(TokioClock::default());
    Orchestrator::builder(journal, plugins).clock(clock).build().run(&plan).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_canary_is_rolled_back_when_its_score_is_critical() {
    assert_eq!(deploy(HealthReport::healthy("p95 is 40 ms")).await, Ended::Outcome(Outcome::Succeeded));
    assert!(matches!(deploy(HealthReport::degraded(5, "p95 is 9 s")).await, Ended::Outcome(Outcome::RolledBack { .. })));
}
