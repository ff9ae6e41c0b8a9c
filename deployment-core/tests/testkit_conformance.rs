//! What the library brings keeps its contracts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Actor, EnvironmentName, StepId, TestRule,
    action::command::ExternalCommand,
    backup::VerifyLevel,
    gate::{self, Approval, ApprovalGate, Decision, Gate, GateExt, GateVerdict},
    health::{self, HealthReport},
    judge::{Judge, RatioToBaseline, Threshold, Tolerance},
    memory::{BadRollout, MemoryTarget, MemoryTargetBuilder},
    metric::Query,
    migration::{Phase, Reversibility},
    notify,
    plan::PlanHash,
    strategy::{BlueGreen, Canary, Rolling, Strategy},
    target::Capability,
    testkit::{
        TokioClock, assert_none,
        conformance::{self, target::TargetSuite},
        fake::{FakeAction, FakeBackup, FakeGate, FakeHealth, FakeMetrics, FakeMigration, FakeNotifier},
        faults::Faults,
        sample,
    },
    time::Window,
};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn check_target(builder: MemoryTargetBuilder) {
    let suite = TargetSuite::new(Arc::new(builder.build()), sample::release("1"), sample::release("2")).fenced();
    assert_none(&suite.patience(secs(300)).check().await);
}

#[tokio::test(start_paused = true)]
async fn the_memory_target_with_every_capability() {
    check_target(MemoryTarget::builder()).await;
    check_target(MemoryTarget::builder().read_lag(secs(7)).readiness(secs(20)).stagger(secs(3)).drain(secs(60))).await;
    check_target(MemoryTarget::builder().bad_rollout(secs(60), BadRollout::RollsBack).record_history()).await;
}

#[tokio::test(start_paused = true)]
async fn the_memory_target_with_few_capabilities() {
    use Capability::{Launch, Replace, Scale, Split, Stop, Switch, TestListener, TestRoute};
    let some: [&[Capability]; 7] = [
        &[],
        &[Launch, Switch],
        &[Launch, Split],
        &[Launch, Switch, TestRoute],
        &[Launch, Switch, TestListener],
        &[Launch, Split, Scale],
        &[Replace, Stop],
    ];
    for capabilities in some {
        check_target(MemoryTarget::builder().capabilities(capabilities.iter().copied())).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrapped_target_is_the_target() {
    let target = Faults::new().target("backend", Arc::new(MemoryTarget::builder().build()));
    let suite = TargetSuite::new(Arc::clone(&target), sample::release("1"), sample::release("2")).fenced();
    assert_none(&suite.patience(secs(300)).check().await);
    assert_eq!(target.describe(), "memory target memory");
}

fn approvals() -> Vec<Approval> {
    let approval = |actor: &str, granted| Approval {
        actor: Actor::new(actor).unwrap(),
        step: StepId::new("step").unwrap(),
        plan: PlanHash::of(b"sample"),
        at: sample::NOON - secs(60),
        granted,
        reason: "looked at it".into(),
    };
    vec![approval("grace", Decision::Approved), approval("alan", Decision::Rejected), approval("ada", Decision::Approved)]
}

#[tokio::test(start_paused = true)]
async fn gates_and_what_is_combined_of_them() {
    let all = approvals();
    let contexts: Vec<_> = (0..=all.len()).map(|some| sample::gate(sample::NOON, all.iter().take(some).cloned())).collect();
    let open = || gate::from_fn("open", |_| async { Ok(GateVerdict::Pass) });
    let shut = || gate::from_fn("shut", |_| async { Ok(GateVerdict::reject("frozen")) });
    let later = || {
        gate::from_fn("later", |context| async move {
            Ok(GateVerdict::Wait { reason: "opens at 9".into(), until: Some(context.deployment.now + Duration::from_secs(60)) })
        })
    };
    let never = || gate::from_fn("never", |_| async { std::future::pending().await });
    let gates: Vec<Arc<dyn Gate>> = vec![
        Arc::new(ApprovalGate::by(1)),
        Arc::new(ApprovalGate::by(2).valid_for(secs(30))),
        Arc::new(ApprovalGate::by(1).among([Actor::new("grace").unwrap()])),
        Arc::new(open().and(shut())),
        Arc::new(open().and(later())),
        Arc::new(later().or(shut())),
        Arc::new(open().or(shut())),
        Arc::new(shut().not()),
        Arc::new(open().not()),
        Arc::new(later().not()),
        Arc::new(never().timeout(secs(5))),
        Arc::new(shut().advisory()),
        Arc::new(shut().only_in(EnvironmentName::new("staging").unwrap())),
        Arc::new(FakeGate::says([GateVerdict::Pass])),
        Arc::new(Faults::new().gate("gate", Arc::new(open()))),
    ];
    for gate in gates {
        assert_none(&conformance::gate::check(&gate, &contexts).await);
    }
}

#[tokio::test(start_paused = true)]
async fn health_checks() {
    let context = sample::health(sample::NOON);
    let reports = [HealthReport::healthy("ok"), HealthReport::degraded(250, "slow"), HealthReport::unhealthy("down")];
    for report in reports {
        let fake = FakeHealth::reports([report.clone()]);
        assert_none(&conformance::health::check(&fake, &context, secs(1)).await);
        let closure = health::from_fn("closure", move |_| {
            let report = report.clone();
            async move { Ok(report) }
        });
        assert_none(&conformance::health::check(&closure, &context, secs(1)).await);
    }
}

#[tokio::test]
async fn actions() {
    assert_none(&conformance::action::check(&FakeAction::named("flag")).await);
    assert_none(&conformance::action::check(&Faults::new().action("flag", Arc::new(FakeAction::named("flag")))).await);
    assert_none(&conformance::action::check(&ExternalCommand::new("/bin/true", [""; 0])).await);
    assert_none(&conformance::action::check(&ExternalCommand::new("/bin/true", ["--now"]).undo("/bin/true", [""; 0])).await);
}

/// A file that is made and removed: the effect of a program that can be looked at.
#[tokio::test]
async fn an_external_command_with_status_and_undo() {
    let name = format!("deployment-conformance-{}", std::process::id());
    let (directory, path) = (std::env::temp_dir(), std::env::temp_dir().join(&name));
    let (directory, file) = (directory.to_str().unwrap(), path.to_str().unwrap());
    let make = ExternalCommand::new("/bin/touch", [file])
        .status("/usr/bin/find", [directory, "-maxdepth", "1", "-name", &name, "-printf", "done"])
        .undo("/bin/rm", ["-f", file]);
    assert_none(&conformance::action::check(&make).await);
    assert!(!path.exists(), "undone");
}

#[tokio::test(start_paused = true)]
async fn metric_sources() {
    let target = MemoryTarget::builder().serving(sample::release("1"), 2).traffic(37).build();
    let serving = target.snapshot().revisions[0].id.clone();
    tokio::time::sleep(secs(600)).await;
    let context = |from: u64, to: u64| {
        let window = Window { from: sample::NOON - secs(from), to: sample::NOON - secs(to) };
        sample::metric(sample::NOON, &serving, window)
    };
    for (source, context) in [
        (target.metrics(), context(60, 0)),
        (target.metrics(), context(599, 3)),
        (target.metrics().complete_after(secs(30)).late(secs(5)), context(100, 35)),
        (target.metrics().silent(secs(0)..secs(500)).without_backfill(), context(90, 10)),
    ] {
        assert_none(&conformance::metric::check(&source, &Query::default(), &context).await);
        let wrapped = Faults::new().metrics("metrics", Arc::new(source));
        assert_none(&conformance::metric::check(wrapped.as_ref(), &Query::default(), &context).await);
    }
}

#[test]
fn judges() {
    let judges: [Box<dyn Judge>; 6] = [
        Box::new(Threshold::error_rate(5.0).unwrap()),
        Box::new(Threshold::error_rate(5.0).unwrap().held_for(secs(300)).min_samples(50)),
        Box::new(Threshold::latency(0.95, secs(3)).held_for(secs(60))),
        Box::new(RatioToBaseline::error_rate(2.0).unwrap().min_samples(100)),
        Box::new(RatioToBaseline::latency(0.95, 1.25).unwrap().held_for(secs(60)).min_samples(5_000)),
        Box::new(RatioToBaseline::latency(0.5, 2.0).unwrap()),
    ];
    for judge in judges {
        assert_none(&conformance::judge::check(judge.as_ref()));
    }
}

#[test]
fn tolerances() {
    for tolerance in [Tolerance::none(), Tolerance::times(3), Tolerance::lasting(secs(300))] {
        assert_none(&conformance::judge::check(&tolerance));
    }
}

#[tokio::test]
async fn notifiers() {
    assert_none(&conformance::notifier::check(&FakeNotifier::new()).await);
    assert_none(&conformance::notifier::check(&notify::from_fn("closure", |_| async { Ok(()) })).await);
    assert_none(&conformance::notifier::check(&Faults::new().notifier("chat", Arc::new(FakeNotifier::new()))).await);
}

#[tokio::test(start_paused = true)]
async fn backups_and_migrations() {
    for level in [VerifyLevel::Exists, VerifyLevel::Complete, VerifyLevel::Restored, VerifyLevel::Queried] {
        let provider = FakeBackup::new(TokioClock::default()).takes(secs(30)).verifies_up_to(level);
        let wrapped = Faults::new().backup("backup", Arc::new(provider.clone()));
        assert_none(&conformance::backup::check(&wrapped, level, secs(60)).await);
    }
    for reversibility in [Reversibility::Reversible, Reversibility::Irreversible] {
        let migration = FakeMigration::of(Phase::Expand, reversibility);
        assert_none(&conformance::migration::check(&Faults::new().migration("m", Arc::new(migration))).await);
    }
}

#[test]
fn strategies() {
    let header = TestRule::Header { name: "x-test".into(), value: "yes".into() };
    let listener = TestRule::Listener { port: 8_443 };
    let strategies: [Box<dyn Strategy>; 11] = [
        Box::new(Rolling::new()),
        Box::new(Rolling::new().surge(3).bake(secs(60)).batch_pause(secs(30)).watch("errors").unwrap()),
        Box::new(Rolling::new().surge(0)),
        Box::new(Rolling::new().check_first("smoke").unwrap()),
        Box::new(Rolling::new().platform_run().bake(secs(60))),
        Box::new(BlueGreen::new()),
        Box::new(BlueGreen::new().shift_by([10.0, 50.0, 100.0], secs(60)).unwrap().promote_by_hand().check_first("smoke").unwrap()),
        Box::new(Canary::steps([10.0, 30.0, 50.0, 100.0]).unwrap()),
        Box::new(Canary::steps([0.5, 99.5, 100.0]).unwrap().bake(Duration::ZERO).promote_by_hand_at(0.5).unwrap()),
        Box::new(Canary::steps([100.0]).unwrap().test_route(header).check_first("smoke").unwrap()),
        Box::new(BlueGreen::new().test_route(listener).check_first("smoke").unwrap()),
    ];
    for strategy in strategies {
        assert_none(&conformance::strategy::check(strategy.as_ref()));
    }
}

#[tokio::test]
async fn a_fake_metric_source_answers_what_it_is_told() {
    use deployment_core::metric::MetricSource;
    let metrics = FakeMetrics::requests(100, 3);
    let window = Window { from: sample::NOON - secs(60), to: sample::NOON };
    let context = sample::metric(sample::NOON, &deployment_core::RevisionId::new("r1").unwrap(), window);
    let reading = metrics.observe(&Query::default(), &context).await.unwrap();
    assert_eq!(reading, FakeMetrics::measured(100, 3));
}
