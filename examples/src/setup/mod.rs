//! What both examples deploy with: the stage's targets, the watches, and a strategy with numbers that suit a demonstration.

mod attend;
mod checks;
mod notify;
mod strategy;

use std::{error::Error, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use deployment_core::{
    Actor, EnvironmentName, Options, Orchestrator, Plan, PluginName, Plugins, Release, Result, ServiceName, StepId, TargetName,
    action::command::ExternalCommand,
    environment::Profile,
    gate::ApprovalGate,
    journal::FileJournal,
    judge::{Threshold, Tolerance},
    metric::Query,
    notify::Severity,
    plan::{Attendance, Capacity, Compensation, PlanBuilder, Policy, Step, Work},
    watch::Watch,
};
use serde::{Deserialize, Serialize};

pub(crate) use attend::attend;
use checks::Checks;
pub use strategy::{How, StrategyKind};

use crate::{
    demo::Behaviour,
    evidence::{EvidenceStore, Kept},
    stage::{BEHAVIOUR, StageClient, StageMetrics, StageTarget},
};

/// What goes wrong in an example.
pub type Problem = Box<dyn Error + Send + Sync>;

/// The service whose releases are deployed.
pub const SERVICE: &str = "shop";
/// Its main part.
pub const BACKEND: &str = "backend";
/// Its other part.
pub const FRONTEND: &str = "frontend";
/// The watch on the share of failed requests.
pub const ERRORS: &str = "errors";
/// The watch on the latency.
pub const LATENCY: &str = "latency";
/// The tests of a revision before it has traffic.
pub const VALIDATION: &str = "validation";
/// The health score of a revision, before it has traffic and at the end.
pub const HEALTH: &str = "health";
/// The gate that a person opens.
pub const APPROVAL: &str = "approval";
/// The action before everything else, where there is one.
pub const HOOK: &str = "hook";
/// The program that is told what happens, where there is one.
pub const NOTIFIER: &str = "program";
/// The instances of each part.
pub const INSTANCES: u32 = 4;
/// The most that may fail, in percent.
const MOST_ERRORS: f64 = 5.0;
/// The most that one request in twenty may take.
const MOST_LATENCY: Duration = Duration::from_secs(1);
/// How long a validation may take beyond the limits of its own.
const GRACE: Duration = Duration::from_secs(5);
/// How long a call to the stage may take. It is on this machine.
const CALL: Duration = Duration::from_secs(2);

/// Where to deploy, and what is looked at meanwhile. The same in every process that drives a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// The stage's control endpoint.
    pub control: SocketAddr,
    /// The journal's directory.
    pub journal: PathBuf,
    /// The parts of the service.
    pub targets: Vec<String>,
    /// From how few requests nothing is concluded.
    pub min_samples: u64,
    /// What every deployment does first.
    pub hook: Option<Hook>,
    /// The gates that a rollback of a success must pass.
    pub rollback_gates: Vec<String>,
    /// A program that is told what happens, an event at a time.
    #[serde(default)]
    pub notify: Option<String>,
}

/// A program. Whether it has done its work, only people can tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Its path.
    pub program: String,
    /// How long it may take.
    pub seconds: u64,
}

impl Setup {
    /// Without a hook, without gates for rollbacks, and nobody is told.
    #[must_use]
    pub fn new(control: SocketAddr, journal: PathBuf, targets: Vec<String>, min_samples: u64) -> Self {
        Self { control, journal, targets, min_samples, hook: None, rollback_gates: Vec::new(), notify: None }
    }

    /// Talks to the stage.
    #[must_use]
    pub fn client(&self) -> StageClient {
        StageClient::new(self.control).patience(CALL)
    }

    /// The targets, watches and gates.
    ///
    /// # Errors
    /// If a name is bad or taken.
    pub fn plugins(&self) -> Result<Plugins> {
        let metrics = Arc::new(StageMetrics::new(self.client()));
        let errors = Threshold::error_rate(MOST_ERRORS)?.min_samples(self.min_samples);
        let latency = Threshold::latency(0.95, MOST_LATENCY).held_for(Duration::from_secs(1)).min_samples(self.min_samples);
        let checks = Checks::of(self.control)?;
        let validation = checks.validation()?;
        let budget = validation.budget() + GRACE;
        let validation = Watch::health(Kept::validation(validation, self.evidence()), Tolerance::none()).timeout(budget);
        let mut plugins = Plugins::new()
            .watch(ERRORS, Watch::metrics(Arc::clone(&metrics), Query::default(), errors))?
            .watch(LATENCY, Watch::metrics(metrics, Query::default(), latency))?
            .watch(VALIDATION, validation)?
            .watch(HEALTH, Watch::health(Kept::score(checks.score()?, self.evidence()), Tolerance::times(3)))?
            .gate(APPROVAL, ApprovalGate::by(1))?;
        if let Some(hook) = &self.hook {
            plugins = plugins.action(HOOK, ExternalCommand::new(&hook.program, [] as [&str; 0]))?;
        }
        if let Some(program) = &self.notify {
            plugins = plugins.notifier(NOTIFIER, notify::program(program))?;
        }
        for target in &self.targets {
            plugins = plugins.target(target, StageTarget::new(self.client(), target))?;
        }
        Ok(plugins)
    }

    /// The journal.
    ///
    /// # Errors
    /// If its directory cannot be used.
    pub fn open_journal(&self) -> Result<FileJournal> {
        FileJournal::open(&self.journal)
    }

    /// What the checks have found, whole.
    #[must_use]
    pub fn evidence(&self) -> EvidenceStore {
        EvidenceStore::beside(&self.journal)
    }

    /// What starts and drives deployments. Its lease is short, so that a killed driver is soon succeeded.
    ///
    /// # Errors
    /// If the journal cannot be opened or a plugin's name is taken.
    pub fn orchestrator(&self) -> Result<Orchestrator> {
        let options = Options {
            time_to_live: Duration::from_secs(2),
            call_timeout: CALL,
            poll: Duration::from_millis(100),
            gate_poll: Duration::from_millis(500),
            inbox_poll: Duration::from_millis(200),
            notice_attempts: 2,
            ..Options::default()
        };
        let journal = Arc::new(self.open_journal()?);
        Ok(Orchestrator::builder(journal, self.plugins()?).options(options).build())
    }

    /// The plan that deploys `release` to these targets.
    ///
    /// # Errors
    /// With everything that is wrong with it.
    pub fn plan(&self, release: Release, order: &Order) -> Result<Plan> {
        self.build(self.profile(order)?.plan(release, Actor::new(&order.author)?, order.targets()), order)
    }

    /// The plan that takes each of the order's targets back to a release of its own, behind the gates for rollbacks.
    ///
    /// # Errors
    /// With everything that is wrong with it.
    pub fn plan_rollback(&self, back: Vec<(TargetName, Release)>, order: &Order) -> Result<Plan> {
        self.build(self.profile(order)?.plan_rollback(back, Actor::new(&order.author)?)?, order)
    }

    fn profile(&self, order: &Order) -> Result<Profile> {
        let profile = Profile::new(EnvironmentName::new(&order.environment)?, order.how.strategy()?, Capacity::of(INSTANCES))
            .policy(Policy { attendance: order.attendance, ..Policy::default() });
        let profile = if order.approval { profile.gate_traffic(APPROVAL) } else { profile };
        let profile = if self.notify.is_some() { profile.notify(NOTIFIER, Severity::Info) } else { profile };
        Ok(self.rollback_gates.iter().fold(profile, |profile, gate| profile.gate_rollback(gate)))
    }

    fn build(&self, plan: PlanBuilder, order: &Order) -> Result<Plan> {
        let mut plan = match &self.hook {
            Some(hook) => {
                let step = Step::action(HOOK, HOOK)?.compensated_by(Compensation::NotNeeded);
                plan.before(step.within(Duration::from_secs(hook.seconds)))
            }
            None => plan,
        };
        for target in order.targets() {
            let work = Work::Check { watches: vec![PluginName::new(HEALTH)?] };
            plan = plan.after(Step::new(StepId::new(format!("{target}/{HEALTH}"))?, work).on(TargetName::new(target)?));
        }
        plan.build(&self.plugins()?)
    }
}

/// What is asked for beside the release.
#[derive(Debug, Clone)]
pub struct Order {
    /// Where to.
    pub environment: String,
    /// Who asks.
    pub author: String,
    /// Which parts.
    pub targets: Vec<String>,
    /// By which strategy.
    pub how: How,
    /// Whether somebody must approve a new release before it has traffic.
    pub approval: bool,
    /// Whether a candidate with traffic may be left without a driver.
    pub attendance: Attendance,
}

impl Order {
    fn targets(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().map(String::as_str)
    }
}

/// A release of the demo service.
///
/// # Errors
/// Never: the name is good.
pub fn release(version: &str, behaviour: Behaviour) -> Result<Release> {
    Ok(Release::new(ServiceName::new(SERVICE)?, version).setting(BEHAVIOUR, behaviour.to_string()))
}
