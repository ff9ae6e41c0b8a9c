//! Who is told what: an environment routes events by severity to those whom it names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Actor, EnvironmentName, ErrorKind, Orchestrator, Plugins, Until,
    engine::{Outcome, Record, TimeUp},
    environment::Profile,
    journal::MemoryJournal,
    memory::{Behaviour, MemoryTarget},
    notify::Severity,
    plan::Capacity,
    strategy::Canary,
    testkit::{TokioClock, fake::FakeNotifier, sample},
};

const MINUTE: Duration = Duration::from_secs(60);

struct Channels {
    developers: FakeNotifier,
    operations: FakeNotifier,
    on_call: FakeNotifier,
}

impl Channels {
    fn new() -> Self {
        Self { developers: FakeNotifier::new(), operations: FakeNotifier::new(), on_call: FakeNotifier::new() }
    }

    fn plugins(&self, target: MemoryTarget) -> Plugins {
        let plugins = Plugins::new().target("backend", target).unwrap().notifier("developers", self.developers.clone()).unwrap();
        let plugins = plugins.notifier("operations", self.operations.clone()).unwrap();
        plugins.notifier("on-call", self.on_call.clone()).unwrap()
    }
}

fn target(version_2: Behaviour) -> MemoryTarget {
    MemoryTarget::builder().serving(sample::release("1"), 4).behaviour("2", version_2).build()
}

fn profile(name: &str) -> Profile {
    let strategy = Canary::steps([50.0, 100.0]).unwrap().bake(MINUTE);
    Profile::new(EnvironmentName::new(name).unwrap(), strategy, Capacity::of(4))
}

fn production() -> Profile {
    profile("production").notify("operations", Severity::Info).notify("on-call", Severity::Warning)
}

fn orchestrator(plugins: Plugins) -> Orchestrator {
    let clock = Arc::new(TokioClock::starting_at(sample::NOON));
    Orchestrator::builder(Arc::new(MemoryJournal::new()), plugins).clock(clock).build()
}

fn severities(notifier: &FakeNotifier) -> Vec<Severity> {
    notifier.events().iter().map(|event| event.severity).collect()
}

#[tokio::test(start_paused = true)]
async fn production_tells_operations_and_whoever_is_on_call_and_nobody_else() {
    let channels = Channels::new();
    let plugins = channels.plugins(target(Behaviour::never_healthy()));
    let plan = production().plan(sample::release("2"), Actor::new("ada").unwrap(), ["backend"]).build(&plugins).unwrap();
    let ended = orchestrator(plugins).run(&plan).await.unwrap();
    assert!(matches!(ended.outcome(), Some(Outcome::RolledBack { .. })), "{ended:?}");
    assert!(channels.developers.events().is_empty());
    let operations = severities(&channels.operations);
    assert!(operations.contains(&Severity::Info) && operations.iter().all(|severity| *severity >= Severity::Info), "{operations:?}");
    let on_call = severities(&channels.on_call);
    assert!(!on_call.is_empty() && on_call.iter().all(|severity| *severity >= Severity::Warning), "{on_call:?}");
    assert!(on_call.len() < operations.len());
}

#[tokio::test(start_paused = true)]
async fn an_environment_that_names_nobody_tells_everybody_everything() {
    let channels = Channels::new();
    let plugins = channels.plugins(target(Behaviour::healthy()));
    let plan = profile("development").plan(sample::release("2"), Actor::new("ada").unwrap(), ["backend"]).build(&plugins).unwrap();
    let orchestrator = orchestrator(plugins);
    let id = orchestrator.start(&plan).await.unwrap();
    orchestrator.drive(&id, Until::End).await.unwrap();
    let all = usize::try_from(orchestrator.state(&id).await.unwrap().sequence()).unwrap();
    for notifier in [&channels.developers, &channels.operations, &channels.on_call] {
        assert_eq!(notifier.events().len(), all);
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_driver_tells_those_whom_the_plan_names_and_goes_on_without_one_who_is_missing() {
    let channels = Channels::new();
    let platform = target(Behaviour::healthy());
    let plugins = channels.plugins(platform.clone());
    let plan = production().plan(sample::release("2"), Actor::new("ada").unwrap(), ["backend"]).build(&plugins).unwrap();
    let journal = Arc::new(MemoryJournal::new());
    let clock = Arc::new(TokioClock::starting_at(sample::NOON));
    let first = Orchestrator::builder(journal.clone(), plugins).clock(clock.clone()).build();
    let id = first.start(&plan).await.unwrap();
    let mut handle = first.spawn(&id, Until::End);
    tokio::time::sleep(MINUTE / 2).await;
    handle.stop();
    handle.wait().await.unwrap();
    let told = channels.operations.events().len();
    assert!(told > 0);
    // The next process knows operations only.
    let plugins = Plugins::new().target("backend", platform).unwrap().notifier("operations", channels.operations.clone()).unwrap();
    let plugins = plugins.notifier("developers", channels.developers.clone()).unwrap();
    let second = Orchestrator::builder(journal, plugins).clock(clock).build();
    let ended = second.drive(&id, Until::End).await.unwrap();
    assert_eq!(ended.outcome(), Some(&Outcome::Succeeded));
    let keys: Vec<_> = channels.operations.events().into_iter().map(|event| event.key).collect();
    let mut once = keys.clone();
    once.dedup();
    assert!(keys.len() > told && once == keys, "{keys:?}");
    assert!(channels.developers.events().is_empty(), "the routing is the plan's");
}

#[tokio::test(start_paused = true)]
async fn an_overrun_of_the_usual_duration_is_a_warning_and_decides_nothing() {
    let channels = Channels::new();
    let plugins = channels.plugins(target(Behaviour::healthy()));
    let profile = production().expected_duration(MINUTE);
    let plan = profile.plan(sample::release("2"), Actor::new("ada").unwrap(), ["backend"]).build(&plugins).unwrap();
    let ended = orchestrator(plugins).run(&plan).await.unwrap();
    assert_eq!(ended.outcome(), Some(&Outcome::Succeeded));
    let on_call = channels.on_call.events();
    assert_eq!(on_call.len(), 1, "{on_call:?}");
    assert_eq!(on_call[0].severity, Severity::Warning);
    assert!(matches!(on_call[0].record, Record::TimeUp { step: None, what: TimeUp::ExpectedDuration }), "{on_call:?}");
    assert!(on_call[0].text.contains("the usual duration"), "{}", on_call[0].text);
}

#[test]
fn a_notifier_that_is_unknown_or_named_twice_is_a_fault_of_the_plan() {
    let plugins = Channels::new().plugins(target(Behaviour::healthy()));
    let profile = production().notify("pager", Severity::Critical).notify("on-call", Severity::Critical);
    let error = profile.plan(sample::release("2"), Actor::new("ada").unwrap(), ["backend"]).build(&plugins).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    for part in ["notices", "no notifier named pager", "Plugins::notifier", "on-call is named twice"] {
        assert!(error.to_string().contains(part), "{error}");
    }
}
