//! A backup, a migration that can be taken back and one that cannot, killed at every point: the promise holds at whatever moment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod data_support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use data_support::{HOUR, Store, builder, sick, well};
use deployment_core::{
    DeploymentId, EffectContext, Ended, ErrorKind, Options, Orchestrator, Plan, Plugins, Result, Timestamp, Until,
    action::ActionStatus,
    backup::{BackupProvider, VerifyLevel},
    engine::{Outcome, Record},
    journal::{Entry, MemoryJournal},
    judge::Threshold,
    memory::{MemoryTarget, RevisionSnapshot},
    metric::Query,
    migration::{Migration, Phase, Reversibility},
    plan::{BackupRule, Policy},
    testkit::{
        TokioClock,
        fake::{FakeBackup, FakeMigration},
        faults::Faults,
        oracle::{Evidence, Oracle, Tape, Taped},
        sample,
    },
    time::Clock,
    watch::Watch,
};

/// How long a backup or a migration may take: a call of a process that has died is waited for that long, and the backup must not get too old.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// A migration that looks, whenever it is applied or taken back, whether it may be.
#[derive(Debug, Clone)]
struct Sworn {
    inner: FakeMigration,
    provider: FakeBackup,
    target: MemoryTarget,
    clock: TokioClock,
    calls: Arc<Mutex<Vec<(EffectContext, Timestamp)>>>,
    broken: Arc<Mutex<Vec<String>>>,
}

impl Sworn {
    fn must(&self, holds: bool, what: &str) {
        if !holds {
            self.broken.lock().unwrap().push(format!("{:?}: {what}", self.inner.phase()));
        }
    }

    fn asked(&self, context: &EffectContext) {
        self.calls.lock().unwrap().push((context.clone(), self.clock.now()));
    }

    /// Of a process that has died without an answer nobody knows whether its call has ended.
    fn check_calls(&self, journal: &[Taped]) {
        let answered = |call: &EffectContext| {
            let is =
                |entry: &Entry| matches!(&entry.record, Record::Returned { step, .. } if *step == call.step && entry.epoch == call.epoch);
            journal.iter().any(|taped| is(&taped.entry))
        };
        for pair in self.calls.lock().unwrap().windows(2) {
            let [(before, _), (again, at)] = pair else { continue };
            let ended = before.epoch == again.epoch || before.deadline <= *at || answered(before);
            self.must(ended, "asked for again while the call of a dead process may be under way");
        }
    }
}

#[async_trait]
impl Migration for Sworn {
    fn describe(&self) -> String {
        self.inner.describe()
    }
    fn phase(&self) -> Phase {
        self.inner.phase()
    }
    fn reversibility(&self) -> Reversibility {
        self.inner.reversibility()
    }
    async fn status(&self) -> Result<ActionStatus> {
        self.inner.status().await
    }
    async fn apply(&self, context: &EffectContext) -> Result<()> {
        self.asked(context);
        let snapshot = self.target.snapshot();
        if self.phase() == Phase::Contract {
            let good = self
                .provider
                .list()
                .await?
                .into_iter()
                .any(|backup| backup.verified >= Some(VerifyLevel::Restored) && self.clock.now().since(backup.taken_at) < HOUR);
            self.must(good, "no backup that is verified and young enough");
            let old = snapshot.revisions.iter().any(is_old);
            self.must(!old, "the old version is still there");
        } else {
            self.must(snapshot.revisions.len() == 1, "the new version is there before its data");
        }
        self.inner.apply(context).await
    }
    async fn revert(&self, context: &EffectContext) -> Result<()> {
        self.asked(context);
        let snapshot = self.target.snapshot();
        let serves = snapshot.routes.split.sole().and_then(|id| snapshot.revisions.iter().find(|revision| revision.id == *id));
        self.must(serves.is_some_and(is_old), "taken back while the new version has traffic");
        self.inner.revert(context).await
    }
}

fn is_old(revision: &RevisionSnapshot) -> bool {
    revision.release.as_ref().is_some_and(|release| release.version == "1")
}

struct Ran {
    points: Vec<String>,
    outcome: Outcome,
    broken: Vec<String>,
    backups: usize,
    added: bool,
    dropped: bool,
}

/// How a deployment goes if its processes die at these points, counted over all of them.
fn run(bad: bool, crashes: &[usize]) -> Ran {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(run_here(bad, crashes))
}

fn plan(plugins: &Plugins) -> Plan {
    let backup = BackupRule::Required { level: VerifyLevel::Restored, younger_than: HOUR };
    let builder = builder().policy(Policy { backup, ..Policy::default() });
    let mut plan = builder.backup("db").migrate("add").migrate("drop").guard("errors").build(plugins).unwrap();
    for step in plan.steps.iter_mut().filter(|step| step.work.action().is_some()) {
        step.deadline = LONGEST;
    }
    plan
}

async fn run_here(bad: bool, crashes: &[usize]) -> Ran {
    let (store, target) = (Store::new(), if bad { sick() } else { well() });
    let clock = TokioClock::starting_at(sample::NOON);
    let (broken, faults) = (Arc::new(Mutex::new(Vec::new())), Faults::new());
    let sworn = |inner: &FakeMigration| Sworn {
        inner: inner.clone(),
        provider: store.provider.clone(),
        target: target.clone(),
        clock,
        calls: Arc::default(),
        broken: Arc::clone(&broken),
    };
    let (add, drop) = (sworn(&store.add), sworn(&store.drop));
    let plugins = || -> Plugins {
        let errors = Watch::metrics(Arc::new(target.metrics()), Query::default(), Threshold::error_rate(5.0).unwrap());
        let plugins = Plugins::new().target("backend", faults.target("backend", Arc::new(target.clone()))).unwrap();
        let plugins = plugins.watch("errors", errors).unwrap();
        let plugins = plugins.backup("db", faults.backup("db", Arc::new(store.provider.clone()))).unwrap();
        let plugins = plugins.migration("add", faults.migration("add", Arc::new(add.clone()))).unwrap();
        plugins.migration("drop", faults.migration("drop", Arc::new(drop.clone()))).unwrap()
    };
    let plan = plan(&plugins());
    let tape = Tape::of(Arc::new(MemoryJournal::new()));
    let id = DeploymentId::new("swept").unwrap();
    let mut crashes = crashes.iter();
    let ended = loop {
        if let Some(point) = crashes.next() {
            faults.crash_at(*point);
        }
        let options = Options { inbox_poll: Duration::from_secs(20), ..Options::default() };
        let journal = faults.journal(tape.journal());
        let orchestrator = Orchestrator::builder(journal, plugins()).clock(Arc::new(clock)).options(options).build();
        tokio::select! {
            biased;
            () = faults.crashed() => faults.revive(),
            ended = process(&orchestrator, &id, &plan) => break ended,
        }
    };
    let Ended::Outcome(outcome) = ended else { panic!("{ended:?}") };
    let evidence = Evidence::new(id).journal(tape.entries()).outcome(outcome.clone()).target("backend", &target).unwrap();
    add.check_calls(&tape.entries());
    drop.check_calls(&tape.entries());
    let mut found = broken.lock().unwrap().clone();
    found.extend(Oracle::new(&plan).check(&evidence).iter().map(ToString::to_string));
    Ran {
        points: faults.points(),
        outcome,
        broken: found,
        backups: store.backups().await.len(),
        added: store.add.is_applied(),
        dropped: store.drop.is_applied(),
    }
}

async fn process(orchestrator: &Orchestrator, id: &DeploymentId, plan: &Plan) -> Ended {
    match orchestrator.state(id).await {
        Err(error) if error.kind() == ErrorKind::NotFound => orchestrator.start_as(id, plan).await.unwrap(),
        state => drop(state.unwrap()),
    }
    orchestrator.drive(id, Until::End).await.unwrap()
}

fn wrong(bad: bool, crashes: &[usize]) -> Option<String> {
    let ran = run(bad, crashes);
    let ended = if bad { matches!(ran.outcome, Outcome::RolledBack { .. }) } else { ran.outcome == Outcome::Succeeded };
    let data = (ran.added, ran.dropped) == (!bad, !bad);
    let fine = ended && data && ran.broken.is_empty() && ran.backups == 1;
    (!fine).then(|| {
        let point = crashes.first().and_then(|point| ran.points.get(*point));
        format!(
            "bad: {bad}, killed at {crashes:?} ({point:?}): {:?}, added {}, dropped {}, {} backups, {:#?}",
            ran.outcome, ran.added, ran.dropped, ran.backups, ran.broken
        )
    })
}

#[test]
fn a_crash_at_any_point_keeps_the_promise_and_changes_nothing() {
    let (mut swept, mut found) = (0, Vec::new());
    for bad in [false, true] {
        let points = run(bad, &[]).points;
        for call in ["db.create", "db.verify", "add.apply"] {
            assert!(points.iter().any(|point| point.contains(call)), "{call} is not among {points:?}");
        }
        for point in 0..points.len() {
            found.extend(wrong(bad, &[point]));
            swept += 1;
        }
        for point in (bad as usize..points.len()).step_by(7) {
            found.extend(wrong(bad, &[point, point + 9]));
            swept += 1;
        }
    }
    println!("swept {swept} crashes and pairs of crashes; {} wrong", found.len());
    assert!(found.is_empty(), "{} of {swept} ended otherwise, for instance:\n{}", found.len(), found[0]);
}
