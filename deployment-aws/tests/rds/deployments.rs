//! Whole deployments whose backup is a snapshot, by the real orchestrator in virtual time.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Actor, DeploymentId, Ended, EnvironmentName, Options, Orchestrator, Plan, Plugins, Result, Timestamp, Until,
    backup::{Backup, BackupProvider, VerifyLevel, name_of},
    engine::{Outcome, Record},
    journal::{Journal, MemoryJournal},
    memory::MemoryTarget,
    migration::{Phase, Reversibility},
    plan::{BackupRule, Capacity, Policy},
    strategy::Canary,
    testkit::{fake::FakeMigration, sample},
    time::Clock as _,
};
use serde_json::json;
use tokio::time::timeout;

use crate::{
    cloud::{BEGINNING, Fault, HOUR, MINUTE, virtually},
    support::{Account, Asked},
};

/// A deployment of version 2 that begins with a backup, verified at this level, and ends with what cannot be undone.
pub(crate) struct Deployment {
    pub(crate) account: Account,
    pub(crate) target: MemoryTarget,
    pub(crate) drop: FakeMigration,
    journal: Arc<dyn Journal>,
    plugins: Plugins,
    pub(crate) plan: Plan,
    pub(crate) id: DeploymentId,
}

impl Deployment {
    pub(crate) fn new(account: &Account, backups: impl BackupProvider, level: VerifyLevel) -> Self {
        let target = MemoryTarget::builder().serving(sample::release("1"), 2).build();
        let drop = FakeMigration::of(Phase::Contract, Reversibility::Irreversible);
        let plugins = Plugins::new().target("backend", target.clone()).unwrap().backup("db", backups).unwrap();
        let plugins = plugins.migration("drop", drop.clone()).unwrap();
        let rule = BackupRule::Required { level, younger_than: 2 * HOUR };
        let plan = Plan::builder(sample::release("2"), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
            .policy(Policy { backup: rule, ..Policy::default() })
            .backup("db")
            .deploy("backend", Capacity::of(2), Canary::steps([50.0, 100.0]).unwrap().bake(MINUTE))
            .migrate("drop")
            .build(&plugins)
            .unwrap();
        let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
        Self { account: account.clone(), target, drop, journal, plugins, plan, id: DeploymentId::generate() }
    }

    fn orchestrator(&self) -> Orchestrator {
        let options = Options { inbox_poll: Duration::from_secs(20), ..Options::default() };
        let builder = Orchestrator::builder(Arc::clone(&self.journal), self.plugins.clone()).options(options);
        builder.clock(Arc::new(self.account.clock)).build()
    }

    pub(crate) async fn run(&self) -> Outcome {
        self.orchestrator().start_as(&self.id, &self.plan).await.unwrap();
        self.drive().await.unwrap()
    }

    /// The same, by a process that dies after this time, and another that comes three minutes later.
    pub(crate) async fn run_with_a_death_after(&self, time: Duration) -> Outcome {
        self.orchestrator().start_as(&self.id, &self.plan).await.unwrap();
        assert!(timeout(time, self.drive()).await.is_err(), "it was done within {time:?}");
        tokio::time::sleep(3 * MINUTE).await;
        self.drive().await.unwrap()
    }

    /// What the journal says of the backup, and when it says so.
    pub(crate) async fn backed_up(&self) -> Option<(Timestamp, Backup)> {
        let entries = self.journal.read(&self.id, 0).await.unwrap();
        entries.iter().find_map(|entry| match &entry.record {
            Record::BackedUp { backup, .. } => Some((entry.at, backup.clone())),
            _ => None,
        })
    }

    async fn drive(&self) -> Result<Outcome> {
        match self.orchestrator().drive(&self.id, Until::End).await? {
            Ended::Outcome(outcome) => Ok(outcome),
            ended => panic!("{ended:?}"),
        }
    }

    /// What the backup is called.
    pub(crate) fn backup(&self) -> String {
        name_of(&self.id, &self.plan.steps[0].id)
    }

    /// Nothing was launched, nothing was dropped.
    pub(crate) fn is_untouched(&self) -> bool {
        self.target.snapshot().revisions.len() == 1 && !self.drop.is_applied()
    }
}

#[test]
fn a_plan_goes_on_once_its_backup_was_restored_and_queried() {
    virtually(async {
        let (account, asked) = (Account::new().await, Asked::default());
        let deployment = Deployment::new(&account, account.instance().queried_by(asked.check()), VerifyLevel::Queried);
        assert_eq!(deployment.run().await, Outcome::Succeeded);
        assert!(deployment.drop.is_applied());
        assert_eq!(asked.times(), 1);
        let ((_, backup), name) = (deployment.backed_up().await.unwrap(), deployment.backup());
        assert_eq!((backup.name.as_str(), backup.verified), (name.as_str(), Some(VerifyLevel::Queried)));
        assert!(backup.taken_at.since(BEGINNING) < MINUTE, "{:?}", backup.taken_at);
        assert_eq!(account.tag(&name, "deployment:id").await.as_deref(), Some(deployment.id.as_str()));
        assert_eq!(account.tag(&name, "team").await.as_deref(), Some("sales"), "the database's tags are copied");
        account.has_only(&[&name]).await;
    });
}

#[test]
fn a_cluster_whose_snapshot_needs_a_shorter_name_is_backed_up_the_same_way() {
    virtually(async {
        let (account, asked) = (Account::new().await, Asked::default());
        let backups = account.cluster().queried_by(asked.check());
        let deployment = Deployment::new(&account, backups.clone(), VerifyLevel::Queried);
        assert_eq!(deployment.run().await, Outcome::Succeeded);
        assert_eq!(asked.times(), 1);
        let names = account.names("snapshots").await;
        assert!(deployment.backup().len() > 63 && names.len() == 1 && names[0].len() <= 63, "{names:?}");
        assert_eq!(backups.list().await.unwrap()[0].name, deployment.backup());
        let restores = account.world.proxy().calls().into_iter().filter(|(name, _)| name == "RestoreDBClusterFromSnapshot");
        assert!(restores.into_iter().all(|(_, body)| body.contains("EngineVersion=16.4")), "the version is the snapshot's");
        account.has_only(&[&names[0]]).await;
    });
}

#[test]
fn a_snapshot_that_fails_ends_it_before_anything_is_changed() {
    for state in ["failed", "incompatible-restore", "incompatible-parameters"] {
        virtually(async {
            let account = Account::new().await;
            account.play(json!({ "what": "snapshot", "takes": 300, "ends": state })).await;
            let deployment = Deployment::new(&account, account.instance(), VerifyLevel::Complete);
            let outcome = deployment.run().await;
            assert!(matches!(&outcome, Outcome::Rejected { reason } if reason.contains(state)), "{outcome:?}");
            assert!(deployment.is_untouched());
        });
    }
}

#[test]
fn a_snapshot_that_takes_longer_than_the_usual_waiter_is_waited_for() {
    virtually(async {
        let account = Account::new().await;
        account.play(json!({ "what": "snapshot", "takes": 50 * 60 })).await;
        let deployment = Deployment::new(&account, account.instance(), VerifyLevel::Complete);
        assert_eq!(deployment.run().await, Outcome::Succeeded);
    });
}

#[test]
fn a_snapshot_that_gets_stuck_ends_it_at_the_deadline_of_its_step() {
    virtually(async {
        let account = Account::new().await;
        account.play(json!({ "what": "snapshot", "takes": null })).await;
        let deployment = Deployment::new(&account, account.instance(), VerifyLevel::Complete);
        let outcome = deployment.run().await;
        assert!(matches!(&outcome, Outcome::Rejected { reason } if reason.contains("backup-db")), "{outcome:?}");
        assert!(deployment.is_untouched());
    });
}

#[test]
fn a_restored_database_without_the_data_ends_it_and_is_removed() {
    virtually(async {
        let (account, asked) = (Account::new().await, Asked::default());
        asked.fail(100);
        let deployment = Deployment::new(&account, account.instance().queried_by(asked.check()), VerifyLevel::Queried);
        let outcome = deployment.run().await;
        assert!(matches!(&outcome, Outcome::Rejected { reason } if reason.contains("the orders are gone")), "{outcome:?}");
        assert!(deployment.is_untouched());
        assert_eq!(asked.times(), 1);
        assert_eq!(account.tag(&deployment.backup(), "deployment:verified").await, None);
        account.has_only(&[&deployment.backup()]).await;
    });
}

#[test]
fn a_restore_that_never_ends_or_breaks_is_given_up_in_time_and_removed() {
    for (how, said) in [
        (json!({ "what": "restore", "takes": null }), "at the end it was: creating"),
        (json!({ "what": "restore", "takes": 600, "ends": "incompatible-restore" }), "incompatible-restore"),
        (json!({ "what": "restore", "takes": 600, "ends": "failed" }), "failed"),
    ] {
        virtually(async {
            let account = Account::new().await;
            account.play(how).await;
            let deployment = Deployment::new(&account, account.instance(), VerifyLevel::Restored);
            let outcome = deployment.run().await;
            assert!(matches!(&outcome, Outcome::Rejected { reason } if reason.contains(said)), "{outcome:?}");
            assert!(deployment.is_untouched());
            account.has_only(&[&deployment.backup()]).await;
        });
    }
}

#[test]
fn a_cluster_that_cannot_be_removed_yet_is_named_and_found_later() {
    virtually(async {
        let account = Account::new().await;
        account.play(json!({ "what": "restore", "takes": 3 * 3_600 })).await;
        let backups = account.cluster();
        let deployment = Deployment::new(&account, backups.clone(), VerifyLevel::Restored);
        let outcome = deployment.run().await;
        assert!(matches!(&outcome, Outcome::Rejected { reason } if reason.contains("left behind: verify-")), "{outcome:?}");
        assert!(deployment.is_untouched());
        tokio::time::sleep(3 * HOUR).await;
        assert_eq!(backups.remove_leftovers(account.clock.now() - HOUR).await.unwrap().len(), 1);
        let names = account.names("snapshots").await;
        account.has_only(&[&names[0]]).await;
    });
}

#[test]
fn a_process_that_dies_anywhere_in_the_backup_is_taken_up_there() {
    // While the snapshot is made, while it is restored, while the instance of the cluster is added, and about when it is removed.
    for minutes in [0, 1, 4, 8, 12, 15, 17, 18, 19] {
        virtually(async {
            let (account, asked) = (Account::new().await, Asked::default());
            let backups = account.cluster().queried_by(asked.check());
            let deployment = Deployment::new(&account, backups, VerifyLevel::Queried);
            let dies = Duration::from_secs(60 * minutes + 7);
            assert_eq!(deployment.run_with_a_death_after(dies).await, Outcome::Succeeded, "died after {dies:?}");
            assert!(asked.times() >= 1);
            let calls = ["CreateDBClusterSnapshot", "RestoreDBClusterFromSnapshot", "CreateDBInstance"];
            let counts = calls.map(|call| account.world.proxy().count(call));
            assert_eq!(counts, [1, 1, 1], "died after {dies:?}");
            let names = account.names("snapshots").await;
            account.has_only(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        });
    }
}

#[test]
fn every_fault_of_every_call_is_borne_and_leaves_one_snapshot_and_nothing_else() {
    const INSTANCE: [&str; 4] = ["CreateDBSnapshot", "RestoreDBInstanceFromDBSnapshot", "AddTagsToResource", "DeleteDBInstance"];
    // The others are the same for both.
    const CLUSTER: [&str; 4] = ["CreateDBClusterSnapshot", "RestoreDBClusterFromSnapshot", "CreateDBInstance", "DeleteDBCluster"];
    let faults = [Fault::LostAnswer, Fault::FailedAfter, Fault::Reset, Fault::Refused(400, "Throttling", "Rate exceeded")];
    let mut swept = 0;
    for (call, of_cluster) in INSTANCE.map(|call| (call, false)).into_iter().chain(CLUSTER.map(|call| (call, true))) {
        for fault in &faults {
            virtually(one_fault(call, of_cluster, fault));
            swept += 1;
        }
    }
    println!("{swept} deployments, each with one call that goes wrong");
}

async fn one_fault(call: &'static str, of_cluster: bool, fault: &Fault) {
    let (account, asked) = (Account::new().await, Asked::default());
    account.hurry().await;
    account.world.proxy().once(call, 0, fault);
    let deployment = if of_cluster {
        Deployment::new(&account, account.cluster().queried_by(asked.check()), VerifyLevel::Queried)
    } else {
        Deployment::new(&account, account.instance().queried_by(asked.check()), VerifyLevel::Queried)
    };
    assert_eq!(deployment.run().await, Outcome::Succeeded, "{call} {fault:?}");
    // What had its effect is not done again; what had none is.
    let effect = matches!(fault, Fault::LostAnswer | Fault::FailedAfter);
    assert_eq!(account.world.proxy().count(call), if effect { 1 } else { 2 }, "{call} {fault:?}");
    let names = account.names("snapshots").await;
    assert_eq!(names.len(), 1, "{call} {fault:?}");
    account.has_only(&[&names[0]]).await;
}
