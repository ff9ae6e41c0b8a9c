//! Three releases, each in an account of its own of the test cloud, whose time is virtual.

#![allow(dead_code, unused_imports, reason = "the tests use more of it than the example")]

mod account;
mod ending;
mod traffic;

use std::{fmt::Write as _, time::Duration};

use clap::ValueEnum;
use deployment_core::{
    Actor, DeploymentId, Ended, Options, Orchestrator, Plan, Timestamp, Until,
    engine::Outcome,
    journal::{Entry, Journal as _},
    notify::Event,
    time::Clock as _,
};
use deployment_examples::{
    loan::{line, words},
    setup::Problem,
};
use serde_json::json;
use tokio::time::sleep;

pub(crate) use account::{TestAccount, image, set_alarm};
pub(crate) use ending::Ending;
pub(crate) use traffic::Behaviour;

/// What is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Story {
    /// A release that is good.
    Good,
    /// One that is healthy, and answers every fifth request with an error.
    Bad,
    /// One whose expansion of the database fails.
    FailedMigration,
}

/// How a story went.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) account: TestAccount,
    pub(crate) id: DeploymentId,
    pub(crate) plan: Plan,
    pub(crate) outcome: Outcome,
    pub(crate) entries: Vec<Entry>,
    pub(crate) warnings: Vec<String>,
    /// In the account's time.
    pub(crate) took: Duration,
    began: Timestamp,
}

impl Story {
    pub(crate) const ALL: [Self; 3] = [Self::Good, Self::Bad, Self::FailedMigration];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Good => "A good release",
            Self::Bad => "A bad release: healthy, but every fifth request fails",
            Self::FailedMigration => "A release whose expansion of the database fails",
        }
    }

    /// From a new account to the deployment's end.
    pub(crate) async fn play(self) -> Result<Played, Problem> {
        let mut account = TestAccount::open().await?;
        match self {
            Self::Good => {}
            Self::Bad => account.behaves("2", Behaviour { errors: 20, ..Behaviour::USUAL }),
            Self::FailedMigration => {
                let logs = ["ALTER TABLE loans ADD COLUMN rate numeric", "ERROR: canceling statement due to lock timeout"];
                account.play(json!({ "command": "migrate apply expand", "code": 3, "logs": logs })).await;
            }
        }
        Box::pin(account.deploy("2")).await
    }

    /// What is otherwise than it must be.
    pub(crate) fn faults(self, outcome: &Outcome, ending: &Ending) -> Vec<String> {
        let ended = match self {
            Self::Good => matches!(outcome, Outcome::Succeeded),
            Self::Bad => matches!(outcome, Outcome::RolledBack { .. }),
            Self::FailedMigration => matches!(outcome, Outcome::Rejected { .. }),
        };
        let mut faults = Vec::new();
        if !ended {
            faults.push(format!("it {outcome}"));
        }
        faults.extend(ending.faults(self));
        faults
    }
}

impl TestAccount {
    /// Deploys a version while there is traffic.
    pub(crate) async fn deploy(self, version: &str) -> Result<Played, Problem> {
        let deploying = async {
            // CloudWatch knows what was before.
            sleep(Duration::from_secs(600)).await;
            self.run(version).await
        };
        let (warnings, plan, id, outcome, began) = tokio::select! {
            ended = deploying => ended?,
            problem = self.traffic() => return Err(problem),
        };
        let took = self.clock.now().since(began);
        let entries = self.pipeline.journal().read(&id, 0).await?;
        Ok(Played { account: self, id, plan, outcome, entries, warnings, took, began })
    }

    async fn run(&self, version: &str) -> Result<(Vec<String>, Plan, DeploymentId, Outcome, Timestamp), Problem> {
        let began = self.clock.now();
        let preflight = self.pipeline.preflight(self.check())?;
        // From here on whoever deploys may do what the preflight says that is needed, and nothing else.
        self.allow(&preflight.needs().await?.policy()).await?;
        let warnings = preflight.check().await?;
        let plugins = self.pipeline.plugins(self.check())?;
        let plan = self.pipeline.plan(self.release(version), Actor::new("ada")?, &plugins)?;
        let journal = self.pipeline.journal();
        journal.create_table().await?;
        let options = Options { poll: Duration::from_secs(3), inbox_poll: Duration::from_secs(20), ..Options::default() };
        let orchestrator = Orchestrator::builder(journal, plugins).clock(self.clock).options(options).build();
        let id = orchestrator.start(&plan).await?;
        match orchestrator.drive(&id, Until::End).await? {
            Ended::Outcome(outcome) => Ok((warnings, plan, id, outcome, began)),
            other => Err(format!("nobody was asked to stop it: {other:?}").into()),
        }
    }
}

impl Played {
    /// The plan, what happened, and how it ended.
    pub(crate) fn told(&self) -> String {
        let mut text = format!("{}\n\nWhat happened, in the account's time\n", self.plan);
        for warning in &self.warnings {
            let _ = writeln!(text, "Preflight warns: {warning}");
        }
        for told in self.entries.iter().filter_map(|entry| line(&Event::of(&self.id, entry), self.began)) {
            let _ = writeln!(text, "{told}");
        }
        let _ = write!(text, "\nOutcome: {}\nAfter {} of the account's time", self.outcome, words(self.took));
        text
    }
}
