//! A store with backups and two migrations, and a target to deploy to.
#![allow(dead_code, reason = "each test file uses its part")]

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Actor, EnvironmentName, Orchestrator, Percent, Plan, Plugins,
    backup::{Backup, BackupProvider},
    journal::Journal,
    judge::Threshold,
    memory::{Behaviour, MemoryTarget},
    metric::Query,
    migration::{Phase, Reversibility},
    plan::{Capacity, PlanBuilder},
    strategy::Canary,
    testkit::{
        TokioClock,
        fake::{FakeBackup, FakeMigration},
        sample,
    },
    watch::Watch,
};

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

/// What lives through the death of a process.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) provider: FakeBackup,
    pub(crate) add: FakeMigration,
    pub(crate) drop: FakeMigration,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self {
            provider: FakeBackup::new(TokioClock::starting_at(sample::NOON)).takes(Duration::from_secs(40)),
            add: FakeMigration::of(Phase::Expand, Reversibility::Reversible),
            drop: FakeMigration::of(Phase::Contract, Reversibility::Irreversible),
        }
    }

    pub(crate) async fn backups(&self) -> Vec<Backup> {
        self.provider.list().await.unwrap()
    }

    pub(crate) fn plugins(&self, target: &MemoryTarget) -> Plugins {
        let rule = Watch::metrics(Arc::new(target.metrics()), Query::default(), Threshold::error_rate(5.0).unwrap());
        let plugins = Plugins::new().target("backend", target.clone()).unwrap().watch("errors", rule).unwrap();
        let plugins = plugins.backup("db", self.provider.clone()).unwrap();
        plugins.migration("add", self.add.clone()).unwrap().migration("drop", self.drop.clone()).unwrap()
    }
}

pub(crate) fn well() -> MemoryTarget {
    MemoryTarget::builder().record_history().serving(sample::release("1"), 4).build()
}

/// Version 2 returns errors.
pub(crate) fn sick() -> MemoryTarget {
    let bad = Behaviour::healthy().error_rate(Percent::new(30.0).unwrap());
    MemoryTarget::builder().record_history().serving(sample::release("1"), 4).behaviour("2", bad).build()
}

pub(crate) fn builder() -> PlanBuilder {
    Plan::builder(sample::release("2"), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap()).deploy(
        "backend",
        Capacity::of(4),
        Canary::steps([50.0, 100.0]).unwrap().bake(Duration::from_secs(60)),
    )
}

pub(crate) fn orchestrator(journal: &Arc<dyn Journal>, plugins: Plugins) -> Orchestrator {
    Orchestrator::builder(Arc::clone(journal), plugins).clock(Arc::new(TokioClock::starting_at(sample::NOON))).build()
}
