//! Plugins of closures: what is given is called, what is not is as the trait has it. And what is shared is a plugin too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use deployment_core::{
    Actor, Ended, EnvironmentName, Error, ErrorKind, Orchestrator, Plan, Plugins, RevisionId, Status,
    action::{self, Action, ActionStatus},
    backup::{BackupProvider, VerifyLevel},
    engine::Outcome,
    gate::{Gate, GateVerdict},
    health::{HealthCheck, HealthReport},
    journal::{Journal, MemoryJournal},
    judge::{self, Judge, RatioToBaseline, Tolerance, Verdict},
    memory::MemoryTarget,
    metric::{self, MetricSource, Query},
    migration::{self, Migration, Phase, Reversibility},
    notify::Notifier,
    plan::{Capacity, Compensation, Step},
    strategy::{Canary, Strategy},
    target::Target,
    testkit::{
        TokioClock, assert_none,
        conformance::{self, target::TargetSuite},
        fake::{FakeAction, FakeBackup, FakeGate, FakeHealth, FakeJudge, FakeMetrics, FakeMigration, FakeNotifier},
        sample,
    },
    time::{Clock, Window},
    watch::Watch,
};
use serde_json::{Value, json};

/// Sets a number to 7, and back to what it was.
fn set_seven(number: &Arc<AtomicU32>) -> action::ActionFn {
    let [look, set, read, back] = [(); 4].map(|()| Arc::clone(number));
    action::from_fn("set it to 7", move |_, _| {
        set.store(7, Ordering::SeqCst);
        async { Ok(()) }
    })
    .before(move |_| {
        let was = look.load(Ordering::SeqCst);
        async move { Ok(json!(was)) }
    })
    .status(move |_, _| {
        let status = if read.load(Ordering::SeqCst) == 7 { ActionStatus::Done } else { ActionStatus::NotDone };
        async { Ok(status) }
    })
    .undo(move |_, before| {
        back.store(before.as_u64().and_then(|was| was.try_into().ok()).unwrap(), Ordering::SeqCst);
        async { Ok(()) }
    })
}

#[tokio::test]
async fn an_action_of_closures_keeps_the_contract() {
    let number = Arc::new(AtomicU32::new(3));
    assert_none(&conformance::action::check(&set_seven(&number)).await);
    assert_eq!(number.load(Ordering::SeqCst), 3, "undone");
}

#[tokio::test]
async fn an_action_of_one_closure_knows_nothing_and_cannot_be_undone() {
    let lone = action::from_fn("purge the cache", |_, _| async { Ok(()) });
    assert_none(&conformance::action::check(&lone).await);
    let context = sample::effect("token", 1);
    assert_eq!(lone.prepare(&sample::deployment(sample::NOON)).await.unwrap(), Value::Null);
    assert_eq!(Action::status(&lone, &context, &Value::Null).await.unwrap(), ActionStatus::Unknown);
    let refused = Action::undo(&lone, &context, &Value::Null).await.unwrap_err();
    assert_eq!((refused.kind(), refused.status()), (ErrorKind::Unsupported, Status::Permanent));
    assert!(refused.to_string().contains("purge the cache cannot be undone"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_goes_back_undoes_the_closures_action() {
    let number = Arc::new(AtomicU32::new(3));
    let seen = Arc::clone(&number);
    let failing = action::from_fn("fail", move |_, _| {
        let message = format!("it was {}", seen.load(Ordering::SeqCst));
        async { Err(Error::new(ErrorKind::Failed, "apply", message)) }
    });
    let plugins = Plugins::new().target("backend", MemoryTarget::builder().serving(sample::release("1"), 2).build()).unwrap();
    let plugins = plugins.action("seven", set_seven(&number)).unwrap().action("failing", failing).unwrap();
    let plan = Plan::builder(sample::release("2"), EnvironmentName::new("staging").unwrap(), Actor::new("ada").unwrap())
        .before(Step::action("seven", "seven").unwrap())
        .before(Step::action("failing", "failing").unwrap().compensated_by(Compensation::NotNeeded))
        .deploy("backend", Capacity::of(2), Canary::steps([100.0]).unwrap().bake(Duration::ZERO))
        .build(&plugins)
        .unwrap();
    let ended = Orchestrator::builder(MemoryJournal::new(), plugins).clock(TokioClock::default()).build().run(&plan).await.unwrap();
    assert!(matches!(&ended, Ended::Outcome(Outcome::Rejected { reason }) if reason.contains("it was 7")), "{ended:?}");
    assert_eq!(number.load(Ordering::SeqCst), 3, "undone");
}

#[tokio::test]
async fn a_metric_source_of_a_closure_says_what_it_can() {
    let seen = |_, _| async { Ok(FakeMetrics::measured(100, 3)) };
    let plain = metric::from_fn("plain", seen);
    assert_eq!((plain.lag(), plain.can_backfill()), (Duration::ZERO, false));
    let full = metric::from_fn("full", seen).complete_after(Duration::from_secs(30)).with_backfill();
    assert_eq!((full.lag(), full.can_backfill()), (Duration::from_secs(30), true));
    let window = Window { from: sample::NOON - Duration::from_secs(60), to: sample::NOON };
    let context = sample::metric(sample::NOON, &RevisionId::new("r1").unwrap(), window);
    assert_eq!(full.observe(&Query::default(), &context).await.unwrap(), FakeMetrics::measured(100, 3));
}

/// A store's version, from 6 to 7.
fn to_seven(version: &Arc<AtomicU32>) -> migration::MigrationFns {
    let (read, write) = (Arc::clone(version), Arc::clone(version));
    let status = move || {
        let status = if read.load(Ordering::SeqCst) >= 7 { ActionStatus::Done } else { ActionStatus::NotDone };
        async { Ok(status) }
    };
    let apply = move |_| {
        write.fetch_max(7, Ordering::SeqCst);
        async { Ok(()) }
    };
    migration::from_fns("schema 7", Phase::Data, status, apply)
}

#[tokio::test]
async fn a_migration_of_closures_is_reversible_once_it_is_told_how() {
    let version = Arc::new(AtomicU32::new(6));
    let one_way = to_seven(&version);
    assert_eq!((one_way.phase(), one_way.reversibility()), (Phase::Data, Reversibility::Irreversible));
    assert_none(&conformance::migration::check(&one_way).await);
    let refused = Migration::revert(&one_way, &sample::effect("token", 1)).await.unwrap_err();
    assert_eq!((refused.kind(), version.load(Ordering::SeqCst)), (ErrorKind::Unsupported, 7));

    version.store(6, Ordering::SeqCst);
    let back = Arc::clone(&version);
    let both_ways = to_seven(&version).revert(move |_| {
        back.fetch_min(6, Ordering::SeqCst);
        async { Ok(()) }
    });
    assert_eq!(both_ways.reversibility(), Reversibility::Reversible);
    assert_none(&conformance::migration::check(&both_ways).await);
    assert_eq!(version.load(Ordering::SeqCst), 6);
}

#[tokio::test(start_paused = true)]
async fn what_is_shared_keeps_the_contracts_too() {
    let secs = Duration::from_secs;
    let target: Arc<dyn Target> = Arc::new(MemoryTarget::builder().read_lag(secs(7)).build());
    assert_eq!(Target::read_lag(&target), secs(7), "also where the trait has a default");
    let suite = TargetSuite::new(Arc::new(target), sample::release("1"), sample::release("2")).fenced();
    assert_none(&suite.patience(secs(300)).check().await);
    let action: Arc<dyn Action> = Arc::new(FakeAction::named("flag"));
    assert_none(&conformance::action::check(&action).await);
    let backup: Arc<dyn BackupProvider> = Arc::new(FakeBackup::new(TokioClock::default()));
    assert_none(&conformance::backup::check(&backup, VerifyLevel::Queried, secs(60)).await);
    let migration: Arc<dyn Migration> = Arc::new(FakeMigration::of(Phase::Expand, Reversibility::Reversible));
    assert_none(&conformance::migration::check(&migration).await);
    let notifier: Arc<dyn Notifier> = Arc::new(FakeNotifier::new());
    assert_none(&conformance::notifier::check(&notifier).await);
    let gate: Arc<dyn Gate> = Arc::new(FakeGate::says([GateVerdict::Pass]));
    assert_none(&conformance::gate::check(&gate, &[sample::gate(sample::NOON, [])]).await);
    let health: Arc<dyn HealthCheck> = Arc::new(FakeHealth::reports([HealthReport::healthy("ok")]));
    assert_none(&conformance::health::check(&health, &sample::health(sample::NOON), secs(1)).await);
    let strategy: Arc<dyn Strategy> = Arc::new(Canary::steps([10.0, 100.0]).unwrap());
    assert_none(&conformance::strategy::check(&strategy));
    assert_none(&conformance::journal(|| Arc::new(Arc::new(MemoryJournal::new()) as Arc<dyn Journal>)).await);
}

#[test]
fn shared_judges_keep_the_contract_too() {
    let closure = judge::from_fn("never", || Box::new(|_| Verdict::Continue));
    let judges: [Arc<dyn Judge>; 3] =
        [Arc::new(RatioToBaseline::error_rate(2.0).unwrap()), Arc::new(FakeJudge::cannot_tell()), Arc::new(closure)];
    for judge in &judges {
        assert_none(&conformance::judge::check(judge));
    }
    assert!(Judge::needs_baseline(&judges[0]), "also where the trait has a default");
}

#[tokio::test(start_paused = true)]
async fn whoever_takes_a_plugin_takes_a_shared_one() {
    let target: Arc<dyn Target> = Arc::new(MemoryTarget::builder().build());
    let action: Arc<dyn Action> = Arc::new(FakeAction::named("flag"));
    let backup: Arc<dyn BackupProvider> = Arc::new(FakeBackup::new(TokioClock::default()));
    let migration: Arc<dyn Migration> = Arc::new(FakeMigration::of(Phase::Expand, Reversibility::Reversible));
    let notifier: Arc<dyn Notifier> = Arc::new(FakeNotifier::new());
    let gate: Arc<dyn Gate> = Arc::new(FakeGate::says([GateVerdict::Pass]));
    let health: Arc<dyn HealthCheck> = Arc::new(FakeHealth::reports([HealthReport::healthy("ok")]));
    let metrics: Arc<dyn MetricSource> = Arc::new(FakeMetrics::requests(100, 0));
    let judge: Arc<dyn Judge> = Arc::new(FakeJudge::passes());
    let strategy: Arc<dyn Strategy> = Arc::new(Canary::steps([100.0]).unwrap().bake(Duration::from_secs(60)).watch("errors").unwrap());
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let clock: Arc<dyn Clock> = Arc::new(TokioClock::default());
    let plugins = Plugins::new()
        .target("backend", Arc::clone(&target))
        .and_then(|plugins| plugins.action("flag", action))
        .and_then(|plugins| plugins.backup("orders", backup))
        .and_then(|plugins| plugins.migration("schema-7", migration))
        .and_then(|plugins| plugins.notifier("chat", notifier))
        .and_then(|plugins| plugins.gate("open", gate))
        .and_then(|plugins| plugins.watch("login", Watch::health(health, Tolerance::none())))
        .and_then(|plugins| plugins.watch("errors", Watch::metrics(metrics, Query::default(), judge)))
        .unwrap();
    let plan = Plan::builder(sample::release("1"), EnvironmentName::new("staging").unwrap(), Actor::new("ada").unwrap())
        .gate("open")
        .migrate("schema-7")
        .deploy("backend", Capacity::of(2), strategy)
        .build(&plugins)
        .unwrap();
    let orchestrator = Orchestrator::builder(Arc::clone(&journal), plugins).clock(clock).build();
    assert_eq!(orchestrator.run(&plan).await.unwrap(), Ended::Outcome(Outcome::Succeeded));
    assert_eq!(journal.list().await.unwrap().len(), 1);
    assert!(target.observe().await.unwrap().routes.split.sole().is_some());
}
