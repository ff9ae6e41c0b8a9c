//! Backups and migrations in plans: what is refused when a plan is built, what is done in which order, and what stops at the last moment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod data_support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;

use data_support::{HOUR, Store, builder, orchestrator, sick, well};
use deployment_core::{
    Actor, DeploymentContext, EffectContext, Error, ErrorKind, Plan, Plugins, Result, Until,
    action::{Action, ActionStatus},
    backup::VerifyLevel,
    engine::{Outcome, Record},
    gate,
    journal::{Journal, MemoryJournal},
    migration::{Migration, Phase, Reversibility},
    plan::{BackupRule, Capacity, Compensation, PlanBuilder, PlanFaults, Policy, Step},
    signal::Signal,
    strategy::{BlueGreen, Canary},
    testkit::{fake::FakeMigration, sample},
};
use serde_json::{Value, json};

fn faults(builder: PlanBuilder, plugins: &Plugins) -> Vec<String> {
    let error = builder.build(plugins).unwrap_err();
    let faults = std::error::Error::source(&error).unwrap().downcast_ref::<PlanFaults>().unwrap();
    faults.faults().iter().map(|fault| format!("{}: {}", fault.field, fault.message)).collect()
}

fn rule(level: VerifyLevel, younger_than: Duration) -> Policy {
    Policy { backup: BackupRule::Required { level, younger_than }, ..Policy::default() }
}

fn position(plan: &Plan, step: &str) -> usize {
    plan.steps.iter().position(|other| other.id.as_str() == step).unwrap_or_else(|| panic!("{step} is not in\n{plan}"))
}

#[test]
fn a_plan_puts_each_migration_where_its_phase_says() {
    let store = Store::new();
    let plan = builder().migrate("drop").backup("db").migrate("add").build(&store.plugins(&well())).unwrap();
    let order =
        ["backup-db", "migrate-add", "backend/launch", "backend/route-100", "backend/retire-stable", "backend/verify", "migrate-drop"];
    let positions: Vec<_> = order.iter().map(|step| position(&plan, step)).collect();
    assert!(positions.is_sorted(), "{plan}");
    assert_eq!(plan.step("migrate-add").unwrap().compensation, Compensation::Undo);
    assert_eq!(plan.step("migrate-drop").unwrap().compensation, Compensation::PointOfNoReturn);
    assert_eq!(plan.step("backup-db").unwrap().compensation, Compensation::NotNeeded);
    let text = plan.to_string();
    assert!(text.contains("back up with db, and verify: complete") && text.contains("migrate with drop (contract)"), "{text}");
}

#[test]
fn what_cannot_be_undone_without_a_backup_is_refused_with_every_other_fault() {
    let plugins = Store::new().plugins(&well());
    let found = faults(builder().migrate("drop").gate("nobody"), &plugins);
    assert_eq!(found.len(), 2, "{found:?}");
    let all = ["policy.backup", "migrate-drop cannot be undone", "\"complete\" or better", "PlanBuilder::backup"];
    assert!(all.iter().all(|part| found[0].contains(part)), "{found:?}");
    assert!(found[1].contains("nobody"), "{found:?}");
    // A backup that comes too late, or is verified less well than the policy says, is none.
    let late = builder().migrate("drop").after(Step::backup("late", "db", VerifyLevel::Complete).unwrap());
    assert!(faults(late, &plugins)[0].contains("no backup verified"));
    let weak = builder().policy(rule(VerifyLevel::Restored, HOUR)).before(Step::backup("weak", "db", VerifyLevel::Complete).unwrap());
    assert!(faults(weak.migrate("drop"), &plugins)[0].contains("\"restored\" or better"));
    // An action that is a point of no return is no better than a migration; what destroys no data may say so.
    let action = Step::action("purge", "add").unwrap().compensated_by(Compensation::PointOfNoReturn);
    let found = faults(builder().after(action), &plugins);
    assert!(found[0].contains("purge cannot be undone") && found[1].contains("use PlanBuilder::migrate"), "{found:?}");
    let said = builder().policy(Policy { backup: BackupRule::NotNeeded, ..Policy::default() }).migrate("drop").build(&plugins);
    assert!(said.is_ok(), "{said:?}");
}

#[test]
fn waits_that_make_every_backup_too_old_are_refused() {
    let plugins = Store::new().plugins(&well());
    let slow = || {
        let strategy = Canary::steps([50.0, 100.0]).unwrap().bake(HOUR);
        Plan::builder(sample::release("2"), builder_environment(), Actor::new("ada").unwrap()).deploy("backend", Capacity::of(4), strategy)
    };
    let found = faults(slow().backup("db").migrate("drop"), &plugins);
    assert!(found[0].contains("older than 3600 s") && found[0].contains("put another backup between"), "{found:?}");
    let again = slow().backup("db").after(Step::backup("again", "db", VerifyLevel::Complete).unwrap()).migrate("drop");
    assert!(again.build(&plugins).is_ok());
}

fn builder_environment() -> deployment_core::EnvironmentName {
    deployment_core::EnvironmentName::new("production").unwrap()
}

#[test]
fn a_migration_at_the_wrong_time_is_refused() {
    let plugins = Store::new().plugins(&well());
    let step = |name: &str, phase, reversibility| Step::migration(name, name, &FakeMigration::of(phase, reversibility)).unwrap();
    let late = faults(builder().after(step("add", Phase::Expand, Reversibility::Reversible)), &plugins);
    assert!(late[0].contains("add expands after backend/route-50 has given traffic"), "{late:?}");
    let early = builder().backup("db").before(step("drop", Phase::Contract, Reversibility::Irreversible));
    assert!(faults(early, &plugins)[0].contains("drop contracts before backend/launch"));
    // A step that calls an irreversible migration reversible does not pass.
    let lie = builder().backup("db").after(step("drop", Phase::Contract, Reversibility::Reversible));
    assert!(faults(lie, &plugins)[0].contains("is not what the migration drop says it is"));
    let unknown = faults(builder().backup("nothing").migrate("nobody"), &plugins);
    assert!(unknown.iter().any(|fault| fault.contains("Plugins::backup")), "{unknown:?}");
    assert!(unknown.iter().any(|fault| fault.contains("Plugins::migration")), "{unknown:?}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_backs_up_expands_deploys_and_contracts() {
    let store = Store::new();
    let plugins = store.plugins(&well());
    let plan = builder().backup("db").migrate("add").migrate("drop").build(&plugins).unwrap();
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let orchestrator = orchestrator(&journal, plugins);
    let id = orchestrator.start(&plan).await.unwrap();
    let ended = orchestrator.drive(&id, Until::End).await.unwrap();
    assert_eq!(ended.outcome(), Some(&Outcome::Succeeded));
    assert!(store.add.is_applied() && store.drop.is_applied());
    let entries = journal.read(&id, 0).await.unwrap();
    let backups: Vec<_> = entries
        .iter()
        .filter_map(|entry| match &entry.record {
            Record::BackedUp { backup, .. } => Some(backup.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(backups.len(), 1);
    assert_eq!(backups[0].verified, Some(VerifyLevel::Complete));
    assert_eq!(backups[0].name, deployment_core::backup::name_of(&id, &plan.step("backup-db").unwrap().id));
}

#[tokio::test(start_paused = true)]
async fn a_bad_release_takes_its_reversible_migration_with_it_once_traffic_is_back() {
    let store = Store::new();
    let target = sick();
    let plugins = store.plugins(&target);
    let plan = builder().backup("db").migrate("add").migrate("drop").guard("errors").build(&plugins).unwrap();
    let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
    let orchestrator = orchestrator(&journal, plugins);
    let id = orchestrator.start(&plan).await.unwrap();
    let ended = orchestrator.drive(&id, Until::End).await.unwrap();
    assert!(matches!(ended.outcome(), Some(Outcome::RolledBack { .. })), "{ended:?}");
    assert!(!store.add.is_applied() && !store.drop.is_applied());
    assert_eq!(store.add.changes(), 2, "applied and reverted");
    assert_eq!(store.backups().await.len(), 1, "the backup is kept");
    let entries = journal.read(&id, 0).await.unwrap();
    let planned = entries.iter().find_map(|entry| match &entry.record {
        Record::ReversalPlanned { steps } => Some(steps.iter().map(|step| step.id.to_string()).collect::<Vec<_>>()),
        _ => None,
    });
    let steps = planned.unwrap();
    let at = |part: &str| steps.iter().position(|step| step.contains(part)).unwrap_or_else(|| panic!("{part} is not in {steps:?}"));
    assert!(at("backend/route") < at("undo/migrate-add") && at("undo/migrate-add") < at("retire-candidate"), "{steps:?}");
}

#[tokio::test(start_paused = true)]
async fn a_migration_that_was_applied_before_the_deployment_is_not_taken_back_by_it() {
    let store = Store::new();
    store.add.apply(&sample::effect("earlier", 1)).await.unwrap();
    let plugins = store.plugins(&sick());
    let plan = builder().migrate("add").guard("errors").build(&plugins).unwrap();
    let ended = orchestrator(&(Arc::new(MemoryJournal::new()) as _), plugins).run(&plan).await.unwrap();
    assert!(matches!(ended.outcome(), Some(Outcome::RolledBack { .. })), "{ended:?}");
    assert!(store.add.is_applied());
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_cannot_be_verified_as_the_policy_says_ends_it_before_anything_is_changed() {
    let mut store = Store::new();
    store.provider = store.provider.clone().verifies_up_to(VerifyLevel::Complete);
    let target = well();
    let plugins = store.plugins(&target);
    let plan = builder().policy(rule(VerifyLevel::Restored, HOUR)).backup("db").migrate("drop").build(&plugins).unwrap();
    let ended = orchestrator(&(Arc::new(MemoryJournal::new()) as _), plugins).run(&plan).await.unwrap();
    assert!(matches!(ended.outcome(), Some(Outcome::Rejected { .. })), "{ended:?}");
    assert!(!store.drop.is_applied());
    assert_eq!(target.snapshot().revisions.len(), 1, "nothing was launched");
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_never_completes_ends_it_at_the_deadline_of_its_step() {
    let mut store = Store::new();
    store.provider = store.provider.clone().takes(HOUR * 24);
    let plugins = store.plugins(&well());
    let plan = builder().backup("db").migrate("drop").build(&plugins).unwrap();
    let ended = orchestrator(&(Arc::new(MemoryJournal::new()) as _), plugins).run(&plan).await.unwrap();
    assert!(matches!(ended.outcome(), Some(Outcome::Rejected { reason }) if reason.contains("backup-db")), "{ended:?}");
}

/// A person takes two hours to open a gate before the step that cannot be undone.
fn slow_gate() -> impl gate::Gate {
    gate::from_fn("opens after two hours", |context| async move {
        let open = context.deployment.now.since(sample::NOON) > HOUR * 2;
        Ok(if open { gate::GateVerdict::Pass } else { gate::GateVerdict::wait("not yet") })
    })
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_has_become_too_old_stops_what_cannot_be_undone() {
    // Before the old version is removed there is a way back, and it is taken.
    let store = Store::new();
    let target = well();
    let plugins = store.plugins(&target).gate("slow", slow_gate()).unwrap();
    let data = FakeMigration::of(Phase::Data, Reversibility::Irreversible);
    let plugins = plugins.migration("move", data.clone()).unwrap();
    let plan = builder().backup("db").migrate("add").migrate("move").gate_step("migrate-move", "slow").build(&plugins).unwrap();
    let ended = orchestrator(&(Arc::new(MemoryJournal::new()) as _), plugins).run(&plan).await.unwrap();
    let says = ["migrate-move cannot be undone", "s old", "younger than 3600 s"];
    assert!(matches!(ended.outcome(), Some(Outcome::Rejected { reason }) if says.iter().all(|part| reason.contains(part))), "{ended:?}");
    assert!(!data.is_applied() && !store.add.is_applied());

    // After it there is none: a person decides. Trying again does not make the backup younger.
    let store = Store::new();
    let plugins = store.plugins(&well()).gate("slow", slow_gate()).unwrap();
    let plan = builder().backup("db").migrate("drop").gate_step("migrate-drop", "slow").build(&plugins).unwrap();
    let orchestrator = orchestrator(&(Arc::new(MemoryJournal::new()) as _), plugins);
    let id = orchestrator.start(&plan).await.unwrap();
    for _ in 0..2 {
        let ended = orchestrator.drive(&id, Until::End).await.unwrap();
        assert!(matches!(ended.outcome(), Some(Outcome::Halted { reason }) if reason.contains("no way back")), "{ended:?}");
        orchestrator.signal(&id, Actor::new("bob").unwrap(), "again", Signal::Retry).await.unwrap();
    }
    assert!(!store.drop.is_applied());
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_is_made_again_right_before_gets_through() {
    let plan = |store: &Store, more: fn(PlanBuilder) -> PlanBuilder| {
        let data = FakeMigration::of(Phase::Data, Reversibility::Irreversible);
        let plugins = store.plugins(&well()).gate("slow", slow_gate()).unwrap().migration("move", data).unwrap();
        (more(builder().backup("db").migrate("add")).build(&plugins).unwrap(), plugins)
    };
    let held_up: [fn(PlanBuilder) -> PlanBuilder; 2] =
        [|plan| plan.migrate("drop").gate_step("backend/verify", "slow"), |plan| plan.migrate("move").gate_step("migrate-add", "slow")];
    let refreshed: [fn(PlanBuilder) -> PlanBuilder; 3] = [
        |plan| plan.migrate("drop").gate_step("backend/verify", "slow").refresh_backup("db"),
        |plan| plan.migrate("drop").gate_step("refresh-db", "slow").refresh_backup("db"),
        |plan| plan.migrate("move").gate_step("migrate-add", "slow").refresh_backup("db"),
    ];
    let cases = held_up.into_iter().map(|more| (more, false)).chain(refreshed.into_iter().map(|more| (more, true)));
    for (more, gets_through) in cases {
        let store = Store::new();
        let (plan, plugins) = plan(&store, more);
        assert_eq!(plan.warnings().is_empty(), gets_through, "{plan}");
        let ended = orchestrator(&(Arc::new(MemoryJournal::new()) as _), plugins).run(&plan).await.unwrap();
        assert_eq!(ended.outcome() == Some(&Outcome::Succeeded), gets_through, "{ended:?}\n{plan}");
        assert_eq!(store.backups().await.len(), if gets_through { 2 } else { 1 });
    }
}

#[tokio::test(start_paused = true)]
async fn after_what_cannot_be_undone_there_is_no_way_back() {
    let store = Store::new();
    let plugins = store.plugins(&well());
    let broken = gate::from_fn("never", |_| async { Ok(gate::GateVerdict::reject("no")) });
    let plugins = plugins.gate("never", broken).unwrap();
    let builder = builder().backup("db").migrate("drop").after(Step::backup("last", "db", VerifyLevel::Complete).unwrap());
    let plan = builder.gate_step("last", "never").build(&plugins).unwrap();
    let orchestrator = orchestrator(&(Arc::new(MemoryJournal::new()) as _), plugins);
    let id = orchestrator.start(&plan).await.unwrap();
    let ended = orchestrator.drive(&id, Until::End).await.unwrap();
    assert!(matches!(ended.outcome(), Some(Outcome::Halted { reason }) if reason.contains("no way back")), "{ended:?}");
    for signal in [Signal::RollBack, Signal::Abort] {
        let error = orchestrator.signal(&id, Actor::new("bob").unwrap(), "because", signal).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("no way back"), "{error}");
    }
    orchestrator.signal(&id, Actor::new("bob").unwrap(), "because", Signal::Close).await.unwrap();
    let ended = orchestrator.drive(&id, Until::End).await.unwrap();
    assert!(matches!(ended.outcome(), Some(Outcome::Closed { .. })), "{ended:?}");
}

/// A migration of two halves: the first try does one and is not answered, the next one does the other, or fails for good.
#[derive(Debug, Clone)]
struct Halves {
    done: Arc<AtomicU8>,
    ends: bool,
    reversibility: Reversibility,
}

impl Halves {
    fn new(reversibility: Reversibility, ends: bool) -> Self {
        Self { done: Arc::default(), ends, reversibility }
    }
}

#[async_trait]
impl Migration for Halves {
    fn describe(&self) -> String {
        "two halves".into()
    }
    fn phase(&self) -> Phase {
        Phase::Data
    }
    fn reversibility(&self) -> Reversibility {
        self.reversibility
    }
    async fn status(&self) -> Result<ActionStatus> {
        Ok(match self.done.load(Ordering::SeqCst) {
            0 => ActionStatus::NotDone,
            1 => ActionStatus::Partial,
            _ => ActionStatus::Done,
        })
    }
    async fn apply(&self, _: &EffectContext) -> Result<()> {
        if self.done.load(Ordering::SeqCst) == 0 {
            self.done.store(1, Ordering::SeqCst);
            return Err(Error::new(ErrorKind::Unreachable, "apply", "the answer was lost").in_doubt());
        }
        if self.ends {
            self.done.store(2, Ordering::SeqCst);
            return Ok(());
        }
        Err(Error::new(ErrorKind::Failed, "apply", "the other half does not fit"))
    }
    async fn revert(&self, _: &EffectContext) -> Result<()> {
        self.done.store(0, Ordering::SeqCst);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn half_of_a_migration_is_finished_and_taken_back_whole() {
    for (ends, target) in [(true, sick()), (false, well())] {
        let halves = Halves::new(Reversibility::Reversible, ends);
        let plugins = Store::new().plugins(&target).migration("halves", halves.clone()).unwrap();
        let plan = builder().migrate("halves").guard("errors").build(&plugins).unwrap();
        let ended = orchestrator(&(Arc::new(MemoryJournal::new()) as _), plugins).run(&plan).await.unwrap();
        let back = matches!(ended.outcome(), Some(Outcome::RolledBack { .. } | Outcome::Rejected { .. }));
        assert!(back, "{ended:?}");
        assert_eq!(halves.done.load(Ordering::SeqCst), 0, "ends: {ends}");
    }
}

#[tokio::test(start_paused = true)]
async fn half_of_what_cannot_be_undone_is_no_place_to_go_back_from() {
    let halves = Halves::new(Reversibility::Irreversible, false);
    let plugins = Store::new().plugins(&well()).migration("halves", halves.clone()).unwrap();
    let plan = builder().backup("db").migrate("halves").build(&plugins).unwrap();
    let ended = orchestrator(&(Arc::new(MemoryJournal::new()) as _), plugins).run(&plan).await.unwrap();
    let says = ["does not fit", "no way back"];
    assert!(matches!(ended.outcome(), Some(Outcome::Halted { reason }) if says.iter().all(|part| reason.contains(part))), "{ended:?}");
    assert_eq!(halves.done.load(Ordering::SeqCst), 1);
}

/// Counts up to ten in two tries, and back to what it was before the first one.
#[derive(Debug, Clone)]
struct Count(Arc<AtomicU8>);

#[async_trait]
impl Action for Count {
    fn describe(&self) -> String {
        "count to ten".into()
    }
    async fn prepare(&self, _: &DeploymentContext) -> Result<Value> {
        Ok(json!(self.0.load(Ordering::SeqCst)))
    }
    async fn apply(&self, _: &EffectContext, before: &Value) -> Result<()> {
        assert_eq!(*before, json!(3), "what was there before the first try");
        if self.0.swap(10, Ordering::SeqCst) == 3 {
            self.0.store(7, Ordering::SeqCst);
            return Err(Error::new(ErrorKind::Unreachable, "apply", "the answer was lost").in_doubt());
        }
        Ok(())
    }
    async fn status(&self, _: &EffectContext, _: &Value) -> Result<ActionStatus> {
        Ok(if self.0.load(Ordering::SeqCst) == 10 { ActionStatus::Done } else { ActionStatus::Partial })
    }
    async fn undo(&self, _: &EffectContext, before: &Value) -> Result<()> {
        self.0.store(u8::try_from(before.as_u64().unwrap()).unwrap(), Ordering::SeqCst);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn an_action_goes_back_to_what_was_there_before_its_first_try() {
    let count = Count(Arc::new(AtomicU8::new(3)));
    let plugins = Store::new().plugins(&sick()).action("count", count.clone()).unwrap();
    let plan = builder().before(Step::action("count", "count").unwrap()).guard("errors").build(&plugins).unwrap();
    let ended = orchestrator(&(Arc::new(MemoryJournal::new()) as _), plugins).run(&plan).await.unwrap();
    assert!(matches!(ended.outcome(), Some(Outcome::RolledBack { .. })), "{ended:?}");
    assert_eq!(count.0.load(Ordering::SeqCst), 3);
}

#[test]
fn a_plan_that_was_stored_before_there_was_a_rule_is_carried_out_as_approved() {
    let plugins = Store::new().plugins(&well());
    let plan = Plan::builder(sample::release("2"), builder_environment(), Actor::new("ada").unwrap())
        .deploy("backend", Capacity::of(4), BlueGreen::new())
        .build(&plugins)
        .unwrap();
    let mut stored = serde_json::to_value(&plan).unwrap();
    stored["policy"].as_object_mut().unwrap().remove("backup").unwrap();
    let read: Plan = serde_json::from_value(stored).unwrap();
    assert_eq!(read.policy.backup, BackupRule::NotNeeded);
    assert!(read.notices.is_empty());
}
