//! The conformance suites find what is broken: a suite that finds nothing in anything would be no suite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use deployment_core::{
    EffectContext, Percent, Result,
    action::{Action, ActionStatus},
    gate::{self, GateVerdict},
    health::{HealthReport, HealthStatus},
    judge::{self, Judge, JudgeRun, Observation, Verdict},
    memory::MemoryTarget,
    metric::Query,
    plan::{Role, Work},
    strategy::{PlanContext, Strategy, StrategyPlan},
    target::{Capabilities, Capability},
    testkit::{
        Violation,
        conformance::{self, target::TargetSuite},
        fake::{FakeAction, FakeHealth, FakeMetrics, FakeMigration, FakeNotifier},
        sample,
    },
    time::Window,
};
use serde_json::Value;

#[track_caller]
fn finds(violations: &[Violation], rules: &[&str]) {
    for rule in rules {
        assert!(violations.iter().any(|violation| violation.rule.contains(rule)), "{rule} is not among {violations:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn targets() {
    let suite = |target: MemoryTarget| {
        let suite = TargetSuite::new(Arc::new(target), sample::release("1"), sample::release("2")).fenced();
        suite.patience(Duration::from_secs(60))
    };
    finds(&suite(MemoryTarget::builder().forgets_tokens().build()).check().await, &["launch is recognised", "replace is recognised"]);
    finds(&suite(MemoryTarget::builder().unfenced().build()).check().await, &["a stale epoch is refused"]);
    let slow = MemoryTarget::builder().readiness(Duration::from_secs(600)).build();
    finds(&suite(slow).check().await, &["gets healthy", "completes"]);
    let leaky = MemoryTarget::builder().name("password=hunter2").build();
    finds(&suite(leaky).check().await, &["describe has no secrets"]);
}

#[tokio::test(start_paused = true)]
async fn gates_and_health_checks() {
    let count = AtomicU64::new(0);
    let fickle = gate::from_fn("fickle", move |_| {
        let even = count.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
        async move { Ok(if even { GateVerdict::Pass } else { GateVerdict::reject("") }) }
    });
    let wordless = gate::from_fn("", |_| async { Ok(GateVerdict::Wait { reason: " ".into(), until: Some(sample::NOON) }) });
    let context = [sample::gate(sample::NOON, [])];
    finds(&conformance::gate::check(&fickle, &context).await, &["asking changes nothing"]);
    finds(&conformance::gate::check(&wordless, &context).await, &["says why", "ends in the future", "describe says something"]);

    let odd = HealthReport { status: HealthStatus::Unhealthy, score: 100, latency: Duration::ZERO, evidence: String::new() };
    let found = conformance::health::check(&FakeHealth::reports([odd]), &sample::health(sample::NOON), Duration::from_secs(1)).await;
    finds(&found, &["has evidence", "score fits"]);
}

/// Does what it does when it is asked to look, and says that it has not.
#[derive(Debug)]
struct Liar(FakeAction);

#[async_trait]
impl Action for Liar {
    fn describe(&self) -> String {
        "liar".into()
    }

    async fn prepare(&self, context: &deployment_core::DeploymentContext) -> Result<Value> {
        let before = self.0.prepare(context).await?;
        self.0.apply(&sample::effect("early", 1), &before).await?;
        Ok(before)
    }

    async fn apply(&self, context: &EffectContext, before: &Value) -> Result<()> {
        self.0.apply(context, before).await
    }

    async fn status(&self, _context: &EffectContext, _before: &Value) -> Result<ActionStatus> {
        Ok(ActionStatus::Partial)
    }
}

#[tokio::test]
async fn actions_migrations_and_notifiers() {
    let found = conformance::action::check(&Liar(FakeAction::named("flag"))).await;
    finds(&found, &["prepare changes nothing", "status tells the truth"]);
    use deployment_core::migration::{Phase, Reversibility};
    let unsure = FakeMigration::of(Phase::Data, Reversibility::Reversible).status_is(ActionStatus::Done);
    finds(&conformance::migration::check(&unsure).await, &["status tells the truth"]);
    let failing = FakeNotifier::new();
    failing.fail_next(2);
    finds(&conformance::notifier::check(&failing).await, &["notify"]);
}

#[tokio::test]
async fn metric_sources() {
    let window = Window { from: sample::NOON - Duration::from_secs(60), to: sample::NOON };
    let context = sample::metric(sample::NOON, &deployment_core::RevisionId::new("r1").unwrap(), window);
    // The same hundred requests in every window, whatever its length, and for everybody.
    let found = conformance::metric::check(&FakeMetrics::requests(100, 200), &Query::default(), &context).await;
    finds(&found, &["no more errors", "covers its window", "the future has no data", "does not exist"]);
    finds(&conformance::metric::check(&FakeMetrics::silent(), &Query::default(), &context).await, &["has data"]);
}

/// Remembers everything, and fails at random.
#[derive(Debug, Default)]
struct Hoarder(Arc<AtomicU64>);

#[derive(Debug)]
struct HoarderRun(Arc<AtomicU64>, Vec<Observation>);

impl Judge for Hoarder {
    fn describe(&self) -> String {
        format!("hoarder {}", self.0.fetch_add(1, Ordering::SeqCst))
    }

    fn begin(&self) -> Box<dyn JudgeRun> {
        Box::new(HoarderRun(Arc::clone(&self.0), Vec::new()))
    }
}

impl JudgeRun for HoarderRun {
    fn observe(&mut self, observation: &Observation) -> Verdict {
        self.1.push(observation.clone());
        let often = self.0.fetch_add(1, Ordering::SeqCst);
        if often.is_multiple_of(7) { Verdict::Fail { reason: String::new() } } else { Verdict::Continue }
    }

    fn finish(&mut self) -> Verdict {
        Verdict::Continue
    }
}

#[test]
fn judges() {
    let found = conformance::judge::check(&Hoarder::default());
    let rules =
        ["describe is stable", "same verdicts", "is final", "says why", "constant memory", "neither good nor bad", "decides nothing"];
    finds(&found, &rules);
    let silence_passes = judge::from_fn("passes whatever it sees", || Box::new(|_| Verdict::Continue));
    assert!(conformance::judge::check(&silence_passes).is_empty(), "the adapter keeps the contract for its closure");
}

/// Everything in the wrong order.
#[derive(Debug)]
struct Hasty;

impl Strategy for Hasty {
    fn describe(&self) -> String {
        "hasty".into()
    }

    fn needs(&self, _can: &Capabilities) -> Capabilities {
        Capabilities::of([Capability::Launch])
    }

    fn plan(&self, context: &PlanContext) -> Result<StrategyPlan> {
        let retire = context.step("retire-stable", Work::Retire { role: Role::Stable });
        Ok(StrategyPlan {
            prepare: vec![context.route(Percent::new(50.0)?), context.launch(1)],
            shift: vec![context.scale(Role::Stable, 0), context.route(Percent::new(20.0)?), retire.clone()],
            finish: vec![retire],
        })
    }
}

#[test]
fn strategies() {
    let rules = [
        "step names are unique",
        "prepare gives no traffic",
        "needs name",
        "was launched",
        "shares rise",
        "in the end",
        "in finish only",
        "has drained",
        "above the minimum",
        "all of its instances",
    ];
    finds(&conformance::strategy::check(&Hasty), &rules);
}
