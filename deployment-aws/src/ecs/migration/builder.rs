//! How a migration is set up.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_ecs::{Client, types::LaunchType};
use deployment_core::{
    Error, Result,
    migration::Phase,
    time::{Clock, SystemClock},
};

use super::{names, provider::Question};
use crate::client::settled;

/// How many lines of the log an error shows.
const LOG_LINES: u16 = 30;
/// How long the status may take.
const STATUS: Duration = Duration::from_secs(300);

/// A migration by one-off tasks of ECS: a [`Migration`](deployment_core::migration::Migration).
pub struct EcsTaskMigration {
    pub(super) client: Client,
    pub(super) logs: Logs,
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) question: Mutex<Question>,
}

/// What a migration is made of.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) phase: Phase,
    pub(super) cluster: String,
    pub(super) task_definition: String,
    pub(super) container: String,
    pub(super) subnets: Vec<String>,
    pub(super) security_groups: Vec<String>,
    pub(super) launch: LaunchType,
    pub(super) apply: Vec<String>,
    pub(super) status: Vec<String>,
    pub(super) revert: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
    pub(super) hidden: Vec<String>,
    pub(super) tls: Tls,
    pub(super) log_lines: u16,
    pub(super) status_within: Duration,
}

/// Whether the connection to the database must be encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tls {
    Demanded,
    /// Why not.
    NotNeeded(String),
}

/// Puts an [`EcsTaskMigration`] together.
#[derive(Debug, Clone)]
#[must_use]
pub struct EcsTaskMigrationBuilder {
    config: SdkConfig,
    settings: Settings,
    clock: Arc<dyn Clock>,
}

impl EcsTaskMigration {
    /// One of this phase. Needed besides are the task, `apply` and `status`.
    pub fn builder(config: &SdkConfig, phase: Phase) -> EcsTaskMigrationBuilder {
        let settings = Settings {
            phase,
            cluster: String::new(),
            task_definition: String::new(),
            container: String::new(),
            subnets: Vec::new(),
            security_groups: Vec::new(),
            launch: LaunchType::Fargate,
            apply: Vec::new(),
            status: Vec::new(),
            revert: Vec::new(),
            environment: Vec::new(),
            hidden: Vec::new(),
            tls: Tls::Demanded,
            log_lines: LOG_LINES,
            status_within: STATUS,
        };
        EcsTaskMigrationBuilder { config: settled(config), settings, clock: Arc::new(SystemClock) }
    }
}

impl fmt::Debug for EcsTaskMigration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { cluster, task_definition, phase, .. } = &self.settings;
        f.debug_struct("EcsTaskMigration")
            .field("cluster", cluster)
            .field("task", task_definition)
            .field("phase", phase)
            .finish_non_exhaustive()
    }
}

impl EcsTaskMigrationBuilder {
    /// The cluster, the task definition (`family`, `family:revision` or an ARN) and its container that gets the commands.
    pub fn task(mut self, cluster: impl Into<String>, definition: impl Into<String>, container: impl Into<String>) -> Self {
        self.settings.cluster = cluster.into();
        self.settings.task_definition = definition.into();
        self.settings.container = container.into();
        self
    }

    /// The subnets and security groups that it runs in; needed on Fargate. It gets no public address.
    pub fn network<A: Into<String>, B: Into<String>>(
        mut self,
        subnets: impl IntoIterator<Item = A>,
        security_groups: impl IntoIterator<Item = B>,
    ) -> Self {
        self.settings.subnets = subnets.into_iter().map(Into::into).collect();
        self.settings.security_groups = security_groups.into_iter().map(Into::into).collect();
        self
    }

    /// Runs on the cluster's own instances, not on Fargate.
    pub fn on_instances(mut self) -> Self {
        self.settings.launch = LaunchType::Ec2;
        self
    }

    /// The command that applies it. It must do the rest if half of it is done, and nothing if all of it is. Exit code 0 is success.
    pub fn apply<A: Into<String>>(mut self, command: impl IntoIterator<Item = A>) -> Self {
        self.settings.apply = command.into_iter().map(Into::into).collect();
        self
    }

    /// The command that tells whether it is applied, by its exit code: 0 if it is, 10 if it is not, 11 if it is in part. Any other says that it
    /// could not tell.
    pub fn status<A: Into<String>>(mut self, command: impl IntoIterator<Item = A>) -> Self {
        self.settings.status = command.into_iter().map(Into::into).collect();
        self
    }

    /// The command that takes it back, without loss. Without one the migration is irreversible.
    pub fn revert<A: Into<String>>(mut self, command: impl IntoIterator<Item = A>) -> Self {
        self.settings.revert = command.into_iter().map(Into::into).collect();
        self
    }

    /// One more variable of the container. AWS shows it to whoever may look at the task: give secrets by the task definition instead.
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.environment.push((name.into(), value.into()));
        self
    }

    /// Never shows this text of a log. The values of variables that are called like secrets are never shown anyway.
    pub fn hide(mut self, secret: impl Into<String>) -> Self {
        self.settings.hidden.push(secret.into());
        self
    }

    /// The connection to the database need not be encrypted, for this reason, which the description says.
    pub fn without_tls(mut self, reason: impl Into<String>) -> Self {
        self.settings.tls = Tls::NotNeeded(reason.into());
        self
    }

    /// How many lines of the log an error shows: 30, unless told otherwise.
    pub fn log_lines(mut self, lines: u16) -> Self {
        self.settings.log_lines = lines;
        self
    }

    /// How long the status may take: 300 s, unless told otherwise. The step's deadline must be longer.
    pub fn status_within(mut self, limit: Duration) -> Self {
        self.settings.status_within = limit;
        self
    }

    /// Another clock, for tests: deadlines are compared with it.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Checks what can be checked without AWS.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) that names what is missing.
    pub fn build(self) -> Result<EcsTaskMigration> {
        let settings = &self.settings;
        let missing = |field, message: &str| Err(Error::invalid(field, message));
        if [&settings.cluster, &settings.task_definition, &settings.container].iter().any(|text| text.is_empty()) {
            return missing("task", "the cluster, the task definition or the container is missing; give them by task");
        }
        if settings.apply.is_empty() {
            return missing("apply", "there is no command; give one by apply");
        }
        if settings.status.is_empty() {
            return missing(
                "status",
                "there is no command; without one nobody can tell after a crash whether it is applied; give one by status",
            );
        }
        if settings.launch == LaunchType::Fargate && settings.subnets.is_empty() {
            return missing("network", "there are no subnets, which Fargate needs; give them by network, or say on_instances");
        }
        if settings.hidden.iter().any(String::is_empty) {
            return missing("hide", "an empty text cannot be hidden");
        }
        Ok(EcsTaskMigration {
            client: Client::new(&self.config),
            logs: Logs::new(&self.config),
            settings: self.settings,
            clock: self.clock,
            question: Mutex::new(Question::new(names::unique())),
        })
    }
}
