//! Whole deployments that demand a validation.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use deployment_checks::suite::{Suite, Test, Validation};
use deployment_core::{
    Actor, EnvironmentName, Orchestrator, Plan, Plugins, Until,
    engine::{Call, Outcome, Record},
    journal::{Entry, Journal, MemoryJournal},
    memory::MemoryTarget,
    plan::{Capacity, Step, Work},
    strategy::Canary,
    testkit::{TokioClock, sample},
};

use super::support::{bad, blind, flaky, good, of, slow, validation};

fn canary() -> Canary {
    Canary::steps([50.0, 100.0]).unwrap().bake(Duration::from_secs(60))
}

/// How a deployment with this validation ends, and its journal.
async fn deploy(validation: &Validation, strategy: Canary, after: Option<Step>) -> (Outcome, Vec<Entry>) {
    let target = MemoryTarget::builder().serving(sample::release("1"), 4).build();
    let plugins = Plugins::new().target("backend", target).unwrap().watch("validation", validation.watch()).unwrap();
    let builder = Plan::builder(sample::release("2"), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap());
    let builder = builder.deploy("backend", Capacity::of(4), strategy);
    let plan = after.into_iter().fold(builder, deployment_core::plan::PlanBuilder::after).build(&plugins).unwrap();
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let clock = Arc::new(TokioClock::starting_at(sample::NOON));
    let orchestrator = Orchestrator::builder(Arc::clone(&journal), plugins).clock(clock).build();
    let id = orchestrator.start(&plan).await.unwrap();
    let ended = orchestrator.drive(&id, Until::End).await.unwrap();
    (ended.outcome().cloned().unwrap(), journal.read(&id, 0).await.unwrap())
}

fn before_traffic() -> Canary {
    canary().check_first("validation").unwrap()
}

/// Whether a route to the candidate was ever asked for.
fn had_traffic(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| matches!(&entry.record, Record::Intent { call: Call::Route { .. }, .. }))
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_passes_gets_traffic() {
    let (outcome, entries) = deploy(&validation([of(Suite::smoke(), [good("up")])]), before_traffic(), None).await;
    assert_eq!(outcome, Outcome::Succeeded);
    assert!(had_traffic(&entries));
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_fails_its_smoke_suite_never_gets_traffic_and_the_reasons_are_told() {
    let (outcome, entries) = deploy(&validation([of(Suite::smoke(), [bad("login").critical()])]), before_traffic(), None).await;
    let Outcome::RolledBack { cause, .. } = outcome else { panic!("{outcome:?}") };
    assert!(cause.contains("smoke failed: critical: login"), "{cause}");
    assert!(cause.contains("login is broken"), "{cause}");
    assert!(!had_traffic(&entries));
}

#[tokio::test(start_paused = true)]
async fn a_warning_lets_the_candidate_pass() {
    let suites = [of(Suite::smoke(), [good("up")]), of(Suite::api(), [bad("orders")])];
    assert_eq!(deploy(&validation(suites), before_traffic(), None).await.0, Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_takes_longer_than_a_watch_usually_may_is_waited_for() {
    let tests = (0..12).map(|n| slow(&format!("slow-{n}"), Duration::from_secs(9)));
    let (outcome, _) = deploy(&validation([of(Suite::smoke(), tests)]), before_traffic(), None).await;
    assert_eq!(outcome, Outcome::Succeeded, "108 s; a watch grants 10 s unless told otherwise");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_takes_longer_than_a_check_usually_may_is_waited_for() {
    let tests = (0..16).map(|n| slow(&format!("slow-{n}"), Duration::from_secs(25)));
    let (outcome, _) = deploy(&validation([of(Suite::integration(), tests)]), before_traffic(), None).await;
    assert_eq!(outcome, Outcome::Succeeded, "400 s; a check step has 300 s unless its watches need more");
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_looked_at_is_looked_at_again_and_nothing_is_rolled_back_for_it() {
    let blinks = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&blinks);
    let test = Test::from_fn("login", move |_| {
        let mut count = seen.lock().unwrap();
        *count += 1;
        let blink = *count <= 3;
        async move {
            if blink {
                return Err(deployment_core::Error::new(deployment_core::ErrorKind::Unreachable, "look", "no way there"));
            }
            Ok(deployment_core::health::HealthReport::healthy("fine"))
        }
    });
    let (outcome, _) = deploy(&validation([of(Suite::smoke(), [test.retries(1)])]), before_traffic(), None).await;
    assert_eq!(outcome, Outcome::Succeeded);
    assert_eq!(*blinks.lock().unwrap(), 4, "two tries in a run that could look at nothing, two in the next one");
    let never = deploy(&validation([of(Suite::smoke(), [blind("login")])]), before_traffic(), None).await;
    assert!(!had_traffic(&never.1), "what was never seen to be well gets no traffic");
}

#[tokio::test(start_paused = true)]
async fn a_bake_turns_red_when_the_validation_does() {
    // Passes before traffic, fails under it.
    let calls = Arc::new(Mutex::new(0));
    let test = Test::from_fn("login", move |_| {
        *calls.lock().unwrap() += 1;
        let bad = *calls.lock().unwrap() > 3;
        async move {
            use deployment_core::health::HealthReport;
            Ok(if bad { HealthReport::unhealthy("500") } else { HealthReport::healthy("200") })
        }
    });
    let validation = validation([of(Suite::smoke(), [test.critical()])]);
    let (outcome, entries) = deploy(&validation, canary().watch("validation").unwrap(), None).await;
    assert!(matches!(&outcome, Outcome::RolledBack { cause, .. } if cause.contains("critical: login")), "{outcome:?}");
    assert!(had_traffic(&entries));
}

#[tokio::test(start_paused = true)]
async fn a_step_after_the_deployment_validates_it_once_more() {
    let step = |validation: &Validation| {
        let work = Work::Check { watches: vec![deployment_core::PluginName::new("validation").unwrap()] };
        let step = Step::new(deployment_core::StepId::new("validate").unwrap(), work);
        Some(step.on(deployment_core::TargetName::new("backend").unwrap()).within(validation.budget() * 2))
    };
    let (test, _) = flaky("login", 1);
    let passing = validation([of(Suite::smoke(), [test])]);
    assert_eq!(deploy(&passing, canary(), step(&passing)).await.0, Outcome::Succeeded);
    let failing = validation([of(Suite::smoke(), [bad("login")])]);
    let (outcome, _) = deploy(&failing, canary(), step(&failing)).await;
    assert!(format!("{outcome:?}").contains("smoke failed"), "{outcome:?}");
}
