//! A validation that runs beside the other watches of a bake.

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use deployment_checks::suite::{Background, Suite};
use deployment_core::{
    Actor, EnvironmentName, Orchestrator, Plan, Plugins, Until,
    engine::Outcome,
    health::{HealthCheck, HealthStatus},
    journal::{Journal, MemoryJournal},
    judge::Tolerance,
    memory::MemoryTarget,
    plan::Capacity,
    strategy::Canary,
    testkit::{TokioClock, fake::FakeHealth, sample},
    watch::Watch,
};
use tokio::time::{Instant, sleep};

use super::support::{bad, flaky, of, slow, validation};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_look_never_waits_and_has_the_last_report_with_its_age() {
    let (test, calls) = flaky("login", 1);
    let check = Background::new(validation([of(Suite::smoke(), [slow("slow", SECOND * 8), test.retries(0)])])).pause(SECOND * 30);
    let context = sample::health(sample::NOON);
    let began = Instant::now();
    for _ in 0..7 {
        let early = check.check(&context).await.unwrap_err().to_string();
        assert_eq!(early, "validate in the background: no run has ended yet");
        sleep(SECOND).await;
    }
    assert_eq!(began.elapsed(), SECOND * 7, "looks take no time");
    sleep(SECOND * 2).await;
    assert_eq!(check.check(&context).await.unwrap().status, HealthStatus::Unhealthy);
    sleep(SECOND * 29).await;
    let report = check.check(&context).await.unwrap();
    assert!(report.evidence.starts_with("29 s ago: shop failed: "), "{}", report.evidence);
    assert_eq!(calls.load(Ordering::SeqCst), 1, "the pause is kept");
    sleep(SECOND).await;
    assert_eq!(check.check(&context).await.unwrap().status, HealthStatus::Unhealthy, "the next run begins");
    sleep(SECOND * 9).await;
    assert_eq!(check.check(&context).await.unwrap().status, HealthStatus::Healthy);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_report_that_is_too_old_is_no_news() {
    let (test, calls) = flaky("login", 0);
    let check = Background::new(validation([of(Suite::smoke(), [test.retries(0)])]));
    let context = sample::health(sample::NOON);
    assert!(check.check(&context).await.is_err());
    sleep(SECOND).await;
    assert!(check.check(&context).await.is_ok());
    sleep(SECOND * 71).await;
    assert!(check.check(&context).await.is_err(), "60 s of pause and 10 s of budget have passed");
    sleep(SECOND).await;
    assert!(check.check(&context).await.is_ok());
    assert_eq!(calls.load(Ordering::SeqCst), 2, "no run begins without a look");
}

#[tokio::test(start_paused = true)]
async fn a_report_is_of_the_step_and_the_candidate_that_is_asked_about() {
    let (test, calls) = flaky("login", 0);
    let check = Background::new(validation([of(Suite::smoke(), [slow("slow", SECOND * 8), test])]));
    let first = sample::health(sample::NOON);
    let mut other = first.clone();
    other.subject.target = deployment_core::TargetName::new("frontend").unwrap();
    let mut later = first.clone();
    later.deployment.step = deployment_core::StepId::new("bake-100").unwrap();
    for context in [&other, &later] {
        assert!(check.check(&first).await.is_err());
        sleep(SECOND * 4).await;
        assert!(check.check(context).await.is_err());
        sleep(SECOND * 5).await;
        assert_eq!(calls.load(Ordering::SeqCst), 0, "the first run was stopped");
        assert!(check.check(context).await.is_err(), "the second run needs 8 s");
    }
    drop(check);
    sleep(SECOND * 60).await;
    assert_eq!(calls.load(Ordering::SeqCst), 0, "a dropped check stops its run");
}

/// How a canary with a slow validation beside a quick watch ends, and how often the quick one looked.
async fn bake(tests: Vec<deployment_checks::suite::Test>) -> (Outcome, usize) {
    let validation = validation([of(Suite::integration(), tests)]);
    let quick = FakeHealth::reports([deployment_core::health::HealthReport::healthy("quick")]);
    let target = MemoryTarget::builder().serving(sample::release("1"), 4).build();
    let plugins = Plugins::new().target("backend", target).unwrap();
    let plugins = plugins.watch("validation", Watch::health(Background::new(validation).pause(SECOND * 10), Tolerance::none())).unwrap();
    let plugins = plugins.watch("quick", Watch::health(quick.clone(), Tolerance::none())).unwrap();
    let canary = Canary::steps([50.0, 100.0]).unwrap().bake(SECOND * 120).watch("validation").unwrap().watch("quick").unwrap();
    let builder = Plan::builder(sample::release("2"), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap());
    let plan = builder.deploy("backend", Capacity::of(4), canary).build(&plugins).unwrap();
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let clock = Arc::new(TokioClock::starting_at(sample::NOON));
    let orchestrator = Orchestrator::builder(journal, plugins).clock(clock).build();
    let id = orchestrator.start(&plan).await.unwrap();
    let ended = orchestrator.drive(&id, Until::End).await.unwrap();
    (ended.outcome().cloned().unwrap(), quick.asked())
}

#[tokio::test(start_paused = true)]
async fn a_slow_validation_holds_up_no_other_watch_of_a_bake_and_still_decides() {
    let (outcome, looks) = bake(vec![slow("slow", SECOND * 28), slow("slower", SECOND * 29)]).await;
    assert_eq!(outcome, Outcome::Succeeded);
    assert!(looks >= 20, "two bakes of 120 s were looked at {looks} times");
    let (outcome, _) = bake(vec![slow("slow", SECOND * 28), bad("login").critical()]).await;
    assert!(matches!(&outcome, Outcome::RolledBack { cause, .. } if cause.contains("critical: login")), "{outcome:?}");
}
