//! Whole deployments with a backup and migrations, by the real orchestrator in virtual time.

use std::{sync::Arc, time::Duration};

use deployment_aws::rds::RdsSnapshot;
use deployment_core::{
    Actor, DeploymentId, Ended, EnvironmentName, Options, Orchestrator, Percent, Plan, Plugins, Result, Until,
    backup::VerifyLevel,
    engine::Outcome,
    journal::{Journal, MemoryJournal},
    judge::Threshold,
    memory::{Behaviour, MemoryTarget},
    metric::Query,
    migration::Phase,
    plan::{BackupRule, Capacity, Policy},
    strategy::Canary,
    testkit::sample,
    time::Clock as _,
    watch::Watch,
};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::{
    cloud::{BEGINNING, Fault, HOUR, MINUTE, virtually},
    support::Account,
};

/// Version 2, with a column that is added before it and one that is dropped after it.
struct Deployment {
    account: Account,
    target: MemoryTarget,
    journal: Arc<dyn Journal>,
    plan: Plan,
    id: DeploymentId,
}

impl Deployment {
    async fn new(account: &Account, behaviour: Behaviour) -> Self {
        account.tell("rds-make", json!({ "instance": "orders" })).await;
        let target = MemoryTarget::builder().serving(sample::release("1"), 2).behaviour("2", behaviour).build();
        let rule = BackupRule::Required { level: VerifyLevel::Restored, younger_than: 2 * HOUR };
        let plan = Plan::builder(sample::release("2"), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
            .policy(Policy { backup: rule, ..Policy::default() })
            .backup("orders")
            .migrate("add")
            .deploy("backend", Capacity::of(2), Canary::steps([50.0, 100.0]).unwrap().bake(MINUTE))
            .migrate("drop")
            .guard("errors")
            .build(&plugins(account, &target))
            .unwrap();
        let journal: Arc<dyn Journal> = Arc::new(MemoryJournal::new());
        Self { account: account.clone(), target, journal, plan, id: DeploymentId::generate() }
    }

    /// Another process, whose plugins know nothing of those before.
    fn process(&self) -> Orchestrator {
        let options = Options { inbox_poll: Duration::from_secs(20), ..Options::default() };
        let builder = Orchestrator::builder(Arc::clone(&self.journal), plugins(&self.account, &self.target)).options(options);
        builder.clock(Arc::new(self.account.clock)).build()
    }

    async fn start(&self) {
        self.process().start_as(&self.id, &self.plan).await.unwrap();
    }

    async fn drive(&self) -> Result<Outcome> {
        match self.process().drive(&self.id, Until::End).await? {
            Ended::Outcome(outcome) => Ok(outcome),
            ended => panic!("{ended:?}"),
        }
    }

    fn serves(&self) -> Vec<String> {
        let versions = self.target.snapshot().revisions.into_iter().filter_map(|revision| revision.release);
        versions.map(|release| release.version.clone()).collect()
    }
}

fn plugins(account: &Account, target: &MemoryTarget) -> Plugins {
    let backups = RdsSnapshot::new(&account.world.virtual_config(), "orders").unwrap().clock(Arc::new(account.clock));
    let errors = Watch::metrics(Arc::new(target.metrics()), Query::default(), Threshold::error_rate(5.0).unwrap());
    let plugins = Plugins::new().target("backend", target.clone()).unwrap().backup("orders", backups).unwrap();
    let plugins = plugins.watch("errors", errors).unwrap().migration("add", account.reversible("add")).unwrap();
    plugins.migration("drop", account.migration("drop", Phase::Contract).build().unwrap()).unwrap()
}

#[test]
fn a_plan_backs_up_expands_deploys_and_contracts() {
    virtually(async {
        let account = Account::new().await;
        let deployment = Deployment::new(&account, Behaviour::healthy()).await;
        deployment.start().await;
        assert_eq!(deployment.drive().await.unwrap(), Outcome::Succeeded);
        assert_eq!(account.database().await, (vec!["add".to_owned(), "drop".to_owned()], 2));
        assert_eq!(deployment.serves(), ["2"]);
        let calls: Vec<_> = account.world.proxy().calls();
        let first = |part: &str| calls.iter().position(|(name, body)| format!("{name} {body}").contains(part)).unwrap();
        let order = [
            "CreateDBSnapshot",
            "RestoreDBInstanceFromDBSnapshot",
            "DeleteDBInstance",
            r#"["migrate","up","add"]"#,
            r#"["migrate","up","drop"]"#,
        ];
        assert!(order.map(first).is_sorted(), "{:?}", order.map(first));
        let task = account.tasks("up drop").await.remove(0);
        let network = &task["network"]["awsvpcConfiguration"];
        assert_eq!((&network["subnets"], &network["securityGroups"]), (&json!(["subnet-1", "subnet-2"]), &json!(["sg-1"])));
        assert_eq!(network["assignPublicIp"], "DISABLED");
        assert!(task["tags"].to_string().contains(deployment.id.as_str()), "{task}");
        // The expansion's task ended more than an hour ago, or is shown with its end.
        for task in account.tasks("migrate").await {
            assert_eq!(task["status"], "STOPPED", "{task}");
        }
    });
}

#[test]
fn a_bad_release_takes_its_expansion_with_it() {
    virtually(async {
        let account = Account::new().await;
        let bad = Behaviour::healthy().error_rate(Percent::new(30.0).unwrap());
        let deployment = Deployment::new(&account, bad).await;
        deployment.start().await;
        let outcome = deployment.drive().await.unwrap();
        assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome:?}");
        assert_eq!(account.database().await, (vec![], 2), "applied and taken back");
        assert_eq!(deployment.serves(), ["1"]);
    });
}

#[test]
fn a_backup_that_fails_lets_no_task_start() {
    virtually(async {
        let account = Account::new().await;
        account.tell("rds-play", json!({ "what": "snapshot", "takes": 100, "ends": "failed" })).await;
        let deployment = Deployment::new(&account, Behaviour::healthy()).await;
        deployment.start().await;
        let outcome = deployment.drive().await.unwrap();
        assert!(matches!(&outcome, Outcome::Rejected { reason } if reason.contains("failed")), "{outcome:?}");
        assert_eq!(account.world.proxy().count("RunTask"), 0);
        assert_eq!(deployment.serves(), ["1"]);
    });
}

#[test]
fn a_migration_that_fails_ends_it_before_the_release_is_there_and_says_why_without_secrets() {
    virtually(async {
        let account = Account::new().await;
        let logs = ["connecting to postgres://app:hunter22@db/orders", "hunter22 is accepted", "ERROR: column exists"];
        account.play(json!({ "command": "up add", "code": 3, "logs": logs })).await;
        let deployment = Deployment::new(&account, Behaviour::healthy()).await;
        deployment.start().await;
        let outcome = deployment.drive().await.unwrap();
        let Outcome::Rejected { reason } = &outcome else { panic!("{outcome:?}") };
        for part in ["exit code 3", "Essential container in task exited", "column exists", "postgres://[hidden]@db/orders"] {
            assert!(reason.contains(part), "{part} is not in {reason}");
        }
        assert!(!reason.contains("hunter22"), "{reason}");
        assert_eq!(account.tasks("up add").await.len(), 1);
        assert_eq!(deployment.serves(), ["1"]);
    });
}

#[test]
fn a_process_that_dies_anywhere_leaves_one_task_per_effect() {
    let whole = virtually(async {
        let account = Account::new().await;
        let deployment = Deployment::new(&account, Behaviour::healthy()).await;
        deployment.start().await;
        assert_eq!(deployment.drive().await.unwrap(), Outcome::Succeeded);
        account.clock.now().since(BEGINNING)
    });
    println!("a deployment of {} s, killed in the backup, its restore, the questions, the migrations and the canary", whole.as_secs());
    for part in [0.2, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99] {
        virtually(async {
            let seconds = whole.mul_f64(part).as_secs();
            let account = Account::new().await;
            let deployment = Deployment::new(&account, Behaviour::healthy()).await;
            deployment.start().await;
            timeout(Duration::from_secs(seconds), deployment.drive()).await.unwrap_err();
            sleep(2 * MINUTE).await;
            assert_eq!(deployment.drive().await.unwrap(), Outcome::Succeeded, "died after {seconds} s");
            assert_eq!(account.database().await.1, 2, "died after {seconds} s");
            for command in ["up add", "up drop"] {
                assert_eq!(account.tasks(command).await.len(), 1, "{command}, died after {seconds} s");
            }
        });
    }
}

#[test]
fn every_fault_of_a_start_is_borne_and_leads_to_one_task() {
    let faults = [Fault::LostAnswer, Fault::FailedAfter, Fault::Reset, Fault::Refused(400, "ThrottlingException", "Rate exceeded")];
    for fault in &faults {
        // The first starts ask for the status, before and after; then come the expansion and the contraction.
        for nth in 0..4 {
            virtually(async {
                let account = Account::new().await;
                let deployment = Deployment::new(&account, Behaviour::healthy()).await;
                account.world.proxy().once("RunTask", nth, fault);
                deployment.start().await;
                assert_eq!(deployment.drive().await.unwrap(), Outcome::Succeeded, "{fault:?} of {nth}");
                assert_eq!(account.database().await.1, 2, "{fault:?} of {nth}");
                for command in ["up add", "up drop"] {
                    assert_eq!(account.tasks(command).await.len(), 1, "{command}: {fault:?} of {nth}");
                }
                let running = account.tasks("").await.into_iter().filter(|task| task["status"] != "STOPPED").count();
                assert_eq!(running, 0, "{fault:?} of {nth}");
            });
        }
    }
}
