//! What is there when a deployment has ended: asked of the account, not of the deployment.

use std::fmt;

use aws_sdk_applicationautoscaling::types::{ServiceNamespace, SuspendedState};
use deployment_core::Percent;
use deployment_examples::setup::Problem;
use serde_json::{Value, json};

use super::{Story, TestAccount};

/// What is there at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ending {
    /// Each service: its name, its share of traffic, what it runs, and with how many tasks.
    pub(crate) services: Vec<(String, Percent, String, i32)>,
    /// Which migrations are applied, and how often the database was changed.
    pub(crate) migrations: (Vec<String>, u64),
    /// The tasks that were to change it: their commands, in order.
    pub(crate) tasks: Vec<String>,
    /// How well each snapshot is verified.
    pub(crate) snapshots: Vec<Option<String>>,
    /// The databases: what verifications made is gone.
    pub(crate) databases: Vec<String>,
    /// How many services have their automatic scaling suspended.
    pub(crate) suspended: usize,
    /// What whoever deploys was refused, under the policy that the preflight has printed: actions and resources.
    pub(crate) refused: Vec<String>,
}

impl TestAccount {
    pub(crate) async fn ending(&self) -> Result<Ending, Problem> {
        let migrations = self.world.tell("task-state", &json!({})).await;
        let databases = self.world.tell("rds-state", &json!({})).await;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let snapshots = databases["snapshots"].as_object().into_iter().flat_map(|all| all.values());
        Ok(Ending {
            services: self.services().await?,
            migrations: (list(&migrations["applied"]).iter().map(text).collect(), migrations["changes"].as_u64().unwrap_or_default()),
            tasks: self.tasks(),
            snapshots: snapshots.map(|snapshot| snapshot["tags"]["deployment:verified"].as_str().map(str::to_owned)).collect(),
            databases: databases["databases"].as_object().into_iter().flat_map(|all| all.keys().cloned()).collect(),
            suspended: self.suspended().await?,
            refused: list(&self.refused().await).iter().map(text).collect(),
        })
    }

    /// From the calls: a task that has stopped is shown for an hour only.
    fn tasks(&self) -> Vec<String> {
        let calls = self.world.proxy().calls().into_iter().filter(|(name, _)| name == "RunTask");
        let bodies = calls.filter_map(|(_, body)| serde_json::from_str::<Value>(&body).ok());
        let command = |body: Value| {
            let words = body["overrides"]["containerOverrides"][0]["command"].as_array().cloned().unwrap_or_default();
            words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        };
        bodies.map(command).filter(|command| !command.contains(" status ")).collect()
    }

    async fn services(&self) -> Result<Vec<(String, Percent, String, i32)>, Problem> {
        let (names, routes) = (self.pipeline.names(), self.pipeline.router()?.routes().await?);
        let ecs = aws_sdk_ecs::Client::new(&self.world.virtual_config());
        let mut services = Vec::new();
        for (name, group) in names.services.iter().zip(names.groups()?) {
            let found = ecs.describe_services().cluster(&names.cluster).services(name).send().await?;
            let service = found.services().first().ok_or("the service is gone")?;
            let definition = service.task_definition().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
            services.push((name.clone(), routes.share(&group), definition, service.running_count()));
        }
        Ok(services)
    }

    async fn suspended(&self) -> Result<usize, Problem> {
        let client = aws_sdk_applicationautoscaling::Client::new(&self.world.virtual_config());
        let scaled = client.describe_scalable_targets().service_namespace(ServiceNamespace::Ecs).send().await?;
        let is_suspended = |state: &SuspendedState| {
            [state.dynamic_scaling_in_suspended(), state.dynamic_scaling_out_suspended(), state.scheduled_scaling_suspended()]
                .contains(&Some(true))
        };
        Ok(scaled.scalable_targets().iter().filter_map(|target| target.suspended_state()).filter(|state| is_suspended(state)).count())
    }
}

impl Ending {
    /// What is otherwise than the story must leave it.
    pub(super) fn faults(&self, story: Story) -> Vec<String> {
        let (server, applied): (_, &[&str]) = match story {
            Story::Good => (1, &["expand", "contract"]),
            Story::Bad | Story::FailedMigration => (0, &[]),
        };
        let mut faults = Vec::new();
        for (at, (name, share, definition, running)) in self.services.iter().enumerate() {
            let serves = at == server;
            if (*share == Percent::ALL) != serves || (*running > 0) != serves {
                faults.push(format!("{name} runs {definition} in {running} tasks with {share} of traffic"));
            }
        }
        let (found, _) = &self.migrations;
        if found != applied {
            faults.push(format!("the migrations that are applied are: {}", found.join(", ")));
        }
        if self.snapshots != [Some("queried".to_owned())] {
            faults.push(format!("the snapshots are verified: {:?}", self.snapshots));
        }
        if self.suspended > 0 || self.databases.len() != 1 {
            faults.push(format!("{} services do not scale any more; the databases are {}", self.suspended, self.databases.join(", ")));
        }
        if !self.refused.is_empty() {
            faults.push(format!("the policy that was printed is too little: {}", self.refused.join("; ")));
        }
        faults
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "What is there now")?;
        for (name, share, definition, running) in &self.services {
            writeln!(f, "  {name}: {share} of traffic, {definition} in {running} tasks")?;
        }
        let (applied, changes) = &self.migrations;
        let applied = if applied.is_empty() { "none".to_owned() } else { applied.join(", ") };
        writeln!(f, "  migrations that are applied: {applied}; the database was changed {changes} times, by: {}", self.tasks.join(", "))?;
        let verified: Vec<_> = self.snapshots.iter().map(|level| level.as_deref().unwrap_or("not verified")).collect();
        writeln!(f, "  snapshots: {} ({}); databases: {}", verified.len(), verified.join(", "), self.databases.join(", "))?;
        writeln!(f, "  services whose automatic scaling is suspended: {}", self.suspended)?;
        write!(f, "  calls that the policy which the preflight prints has refused: {}", self.refused.len())
    }
}
