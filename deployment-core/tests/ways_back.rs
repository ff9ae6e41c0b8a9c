//! The less usual ways back: by falling shares, onto the last known good release, and only to the last commit point.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Actor, Ended, EnvironmentName, Orchestrator, Percent, Plan, Plugins, Until,
    engine::{Outcome, Record},
    journal::{Journal, MemoryJournal},
    judge::Threshold,
    memory::{Behaviour, MemoryTarget},
    metric::Query,
    plan::{Capacity, PlanBuilder, Policy, SickStable, WayBack, Work},
    strategy::Canary,
    testkit::{TokioClock, sample},
    watch::Watch,
};

const MINUTE: Duration = Duration::from_secs(60);

fn canary() -> Canary {
    Canary::steps([50.0, 100.0]).unwrap().bake(MINUTE)
}

fn builder() -> PlanBuilder {
    Plan::builder(sample::release("2"), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
}

fn orchestrator(journal: &Arc<dyn Journal>, plugins: Plugins) -> Orchestrator {
    Orchestrator::builder(Arc::clone(journal), plugins).clock(Arc::new(TokioClock::starting_at(sample::NOON))).build()
}

#[tokio::test(start_paused = true)]
async fn traffic_goes_back_by_falling_shares() {
    let bad = Behaviour::healthy().error_rate(Percent::new(30.0).unwrap());
    let target = MemoryTarget::builder().serving(sample::release("1"), 4).behaviour("2", bad).build();
    let rule = Watch::metrics(Arc::new(target.metrics()), Query::default(), Threshold::error_rate(5.0).unwrap());
    let plugins = Plugins::new().target("backend", target.clone()).unwrap().watch("errors", rule).unwrap();
    let shares = [30.0, 10.0].map(|share| Percent::new(share).unwrap()).to_vec();
    let policy = Policy { way_back: WayBack::Ramped { shares, pause: MINUTE }, ..Policy::default() };
    let plan = builder().deploy("backend", Capacity::of(4), canary().watch("errors").unwrap()).policy(policy).build(&plugins).unwrap();
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let orchestrator = orchestrator(&journal, plugins);
    let id = orchestrator.start(&plan).await.unwrap();
    let ended = orchestrator.drive(&id, Until::End).await.unwrap();
    assert!(matches!(ended.outcome(), Some(Outcome::RolledBack { .. })), "{ended:?}");
    let entries = journal.read(&id, 0).await.unwrap();
    let planned = entries.iter().find_map(|entry| match &entry.record {
        Record::ReversalPlanned { steps } => Some(steps.clone()),
        _ => None,
    });
    let routed = planned.unwrap().iter().filter(|step| matches!(step.work, Work::Route { .. })).count();
    assert_eq!(routed, 3, "30 %, 10 %, then everything to the stable revision");
}

#[tokio::test(start_paused = true)]
async fn the_last_known_good_release_takes_over_from_two_sick_ones() {
    let target = MemoryTarget::builder()
        .serving(sample::release("1"), 4)
        .behaviour("2", Behaviour::healthy().sick_under_traffic(Duration::from_secs(20)))
        .build();
    let plugins = Plugins::new().target("backend", target.clone()).unwrap();
    let policy = Policy { on_sick_stable: SickStable::Deploy { release: Box::new(sample::release("0")) }, ..Policy::default() };
    let plan = builder().deploy("backend", Capacity::of(4), canary()).policy(policy).build(&plugins).unwrap();
    let orchestrator = orchestrator(&(Arc::new(MemoryJournal::new()) as _), plugins);
    let id = orchestrator.start(&plan).await.unwrap();
    let mut handle = orchestrator.spawn(&id, Until::End);
    tokio::time::sleep(Duration::from_secs(15)).await;
    let stable = target.snapshot().revisions[0].id.clone();
    target.interfere(|at| at.sicken(&stable));
    let ended = handle.wait().await.unwrap();
    assert!(matches!(ended.outcome(), Some(Outcome::RolledBack { .. })), "{ended:?}");
    let snapshot = target.snapshot();
    assert_eq!(snapshot.revisions.len(), 1, "both sick revisions are removed");
    assert_eq!(snapshot.routes.split.sole(), Some(&snapshot.revisions[0].id));
}

#[tokio::test(start_paused = true)]
async fn a_committed_wave_is_not_rolled_back() {
    let first = MemoryTarget::builder().serving(sample::release("1"), 4).build();
    let second = MemoryTarget::builder().serving(sample::release("1"), 4).behaviour("2", Behaviour::never_healthy()).build();
    let (before_first, before_second) = (first.snapshot().routes, second.snapshot().routes);
    let plugins = Plugins::new().target("east", first.clone()).unwrap().target("west", second.clone()).unwrap();
    let builder = builder().deploy("east", Capacity::of(4), canary()).commit().deploy("west", Capacity::of(4), canary());
    let plan = builder.build(&plugins).unwrap();
    let ended = orchestrator(&(Arc::new(MemoryJournal::new()) as _), plugins).run(&plan).await.unwrap();
    assert!(matches!(&ended, Ended::Outcome(Outcome::RolledBack { .. })), "{ended:?}");
    assert_ne!(first.snapshot().routes, before_first, "the first wave stays");
    assert_eq!(second.snapshot().routes, before_second, "the second one is back");
}
