//! From names to plugins and a plan. Nothing here knows whether it is the test cloud or AWS.

use std::{sync::Arc, time::Duration};

use aws_config::SdkConfig;
use deployment_aws::{
    alb::AlbRouter,
    cloudwatch::{Alarms, CloudWatch, Firing},
    dynamodb::DynamoJournal,
    ecs::{EcsBlueGreen, ScalingPaused, migration::EcsTaskMigration},
    preflight::{Account, Capacity as Room, Permissions, Preflight},
    rds::{DatabaseCheck, RdsSnapshot},
};
use deployment_core::{
    Actor, Plan, Plugins, Release, Result,
    backup::VerifyLevel,
    migration::Phase,
    plan::{BackupRule, Capacity, Compensation, Policy, Step},
    strategy::Canary,
    time::{Clock, SystemClock},
};

use super::{Names, Trigger};

/// What is deployed to.
pub(super) const TARGET: &str = "backend";
const BACKUP: &str = "database";
const SHARES: [f64; 3] = [10.0, 50.0, 100.0];
/// How long every share is watched: the triggers must hold for 5 minutes, and CloudWatch has whole ones.
const BAKE: Duration = Duration::from_secs(600);
/// An older backup does not count when the contraction begins.
const BACKUP_AGE: Duration = Duration::from_secs(4 * 3_600);
/// Of production, by the row ENV-1. An overrun is told.
const USUAL: Duration = Duration::from_secs(2 * 3_600);

/// The pipeline of an account.
#[derive(Debug, Clone)]
pub struct Pipeline {
    names: Names,
    config: SdkConfig,
    clock: Arc<dyn Clock>,
}

impl Pipeline {
    /// That of the account with these names, which `config` leads to. Nothing is called yet.
    #[must_use]
    pub fn new(names: Names, config: SdkConfig) -> Self {
        Self { names, config, clock: Arc::new(SystemClock) }
    }

    /// Another clock, for virtual time.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Who divides the traffic.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) naming what is none.
    pub fn router(&self) -> Result<AlbRouter> {
        AlbRouter::new(&self.config, &self.names.rule, self.names.groups()?)
    }

    /// What is deployed to.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) naming what is none.
    pub fn target(&self) -> Result<EcsBlueGreen> {
        let [blue, green] = &self.names.services;
        EcsBlueGreen::new(&self.config, &self.names.cluster, [blue, green], self.router()?)
    }

    /// The account's journal.
    #[must_use]
    pub fn journal(&self) -> DynamoJournal {
        DynamoJournal::new(&self.config, &self.names.journal)
    }

    /// Whose account and which region it must be.
    pub(super) fn account(&self) -> Result<Account> {
        Account::new(&self.config, &self.names.account, &self.names.region)
    }

    /// All that the pipeline depends on, what it must be allowed to do, and the room that its tasks need.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) naming what is none.
    pub fn preflight(&self, check: impl DatabaseCheck) -> Result<Preflight> {
        let cloudwatch = CloudWatch::new(&self.config);
        let mut preflight = Preflight::new()
            .of(self.account()?)
            .of(self.target()?)
            .of(self.backups(check)?)
            .of(self.migration(Phase::Expand)?)
            .of(self.migration(Phase::Contract)?)
            .of(cloudwatch.clone())
            .of(self.journal().to_create(&self.names.account))
            .against(Permissions::new(&self.config))
            .against(Room::new(&self.config).clock(Arc::clone(&self.clock)));
        for (_, service) in self.scaled() {
            preflight = preflight.of(ScalingPaused::new(&self.config, &self.names.cluster, service)?);
        }
        for names in [&self.names.alarms.critical_path, &self.names.alarms.security] {
            // Of one that fires the plan's gate makes a rejection that is on record.
            preflight = preflight.of(Alarms::named(&cloudwatch, names)?.firing(Firing::Waits));
        }
        Ok(preflight)
    }

    fn backups(&self, check: impl DatabaseCheck) -> Result<RdsSnapshot> {
        Ok(RdsSnapshot::new(&self.config, &self.names.database)?.queried_by(check).clock(Arc::clone(&self.clock)))
    }

    /// Everything that the plan names. `check` asks a restored copy of the database.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) naming what is none.
    pub fn plugins(&self, check: impl DatabaseCheck) -> Result<Plugins> {
        let mut plugins = Plugins::new()
            .target(TARGET, self.target()?)?
            .gate("account", self.account()?)?
            .backup(BACKUP, self.backups(check)?)?
            .migration("expand", self.migration(Phase::Expand)?)?
            .migration("contract", self.migration(Phase::Contract)?)?;
        for (action, service) in self.scaled() {
            plugins = plugins.action(&action, ScalingPaused::new(&self.config, &self.names.cluster, service)?)?;
        }
        let cloudwatch = CloudWatch::new(&self.config);
        Trigger::ALL.into_iter().try_fold(plugins, |plugins, trigger| trigger.add(plugins, &cloudwatch, &self.names))
    }

    /// The actions that keep each service's automatic scaling still.
    fn scaled(&self) -> impl Iterator<Item = (String, &str)> {
        self.names.services.iter().map(|service| (format!("scaling-of-{service}"), service.as_str()))
    }

    /// By `migrate apply|revert|status expand|contract`. What the contraction removes does not come back.
    fn migration(&self, phase: Phase) -> Result<EcsTaskMigration> {
        let names = &self.names.migration;
        let command = |verb: &str| ["migrate".to_owned(), verb.to_owned(), phase.to_string()];
        let builder = EcsTaskMigration::builder(&self.config, phase)
            .task(&self.names.cluster, &names.task_definition, &names.container)
            .network(&names.subnets, &names.security_groups)
            .status(command("status"))
            .apply(command("apply"))
            .environment("PGSSLMODE", "require")
            .clock(Arc::clone(&self.clock));
        if phase == Phase::Contract { builder.build() } else { builder.revert(command("revert")).build() }
    }

    /// Preflight, snapshot restored and queried, expansion, canary with the triggers of BACK-1, contraction.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) with all that does not fit.
    pub fn plan(&self, release: Release, author: Actor, plugins: &Plugins) -> Result<Plan> {
        let rule = BackupRule::Required { level: VerifyLevel::Queried, younger_than: BACKUP_AGE };
        let policy = Policy { backup: rule, expected_duration: Some(USUAL), ..Policy::default() };
        let mut canary = Canary::steps(SHARES)?.bake(BAKE);
        for trigger in Trigger::OF_A_SHARE {
            canary = canary.watch(trigger.name())?;
        }
        let mut plan = Plan::builder(release, self.names.environment.clone(), author)
            .require_digest()
            .policy(policy)
            .gate("account")
            .backup(BACKUP)
            .migrate("expand");
        for trigger in Trigger::THROUGHOUT {
            plan = plan.gate(&trigger.gate()).guard(trigger.name());
        }
        for (action, _) in self.scaled() {
            plan = plan.before(Step::action(&format!("pause-{action}"), &action)?.compensated_by(Compensation::Finally));
        }
        plan.deploy(TARGET, Capacity::of(self.names.tasks), canary).migrate("contract").build(plugins)
    }
}
