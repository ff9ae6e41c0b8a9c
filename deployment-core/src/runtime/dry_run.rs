//! What a plan would change: the part of a dry run that only the platforms know.

use std::fmt;

use super::Orchestrator;
use crate::{error::Result, id::TargetName, plan::Plan};

/// What a plan would change on its targets, as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DryRun {
    /// Each target of the plan, in its order, with what would change there, a line each; none if nothing would.
    pub targets: Vec<(TargetName, Vec<String>)>,
}

impl fmt::Display for DryRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (target, changes)) in self.targets.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            match changes.as_slice() {
                [] => write!(f, "{end}On {target} nothing changes.")?,
                changes => write!(f, "{end}On {target}:\n  {}", changes.join("\n  "))?,
            }
        }
        Ok(())
    }
}

impl Orchestrator {
    /// What the plan would change on its targets as they are now: a dry run's part that the plan alone does not show. Changes nothing, and
    /// journals nothing.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use deployment_core::{
    ///     Actor, EnvironmentName, Orchestrator, Plan, Plugins, Release, ServiceName,
    ///     journal::MemoryJournal, memory::MemoryTarget, plan::Capacity, strategy::BlueGreen,
    /// };
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> deployment_core::Result<()> {
    /// let release = |version| Ok::<_, deployment_core::Error>(Release::new(ServiceName::new("shop")?, version));
    /// let target = MemoryTarget::builder().serving(release("1.0")?, 2).build();
    /// let plugins = Plugins::new().target("backend", target)?;
    /// let plan = Plan::builder(release("2.0")?, EnvironmentName::new("staging")?, Actor::new("ada")?)
    ///     .deploy("backend", Capacity::of(2), BlueGreen::new())
    ///     .build(&plugins)?;
    /// let orchestrator = Orchestrator::builder(Arc::new(MemoryJournal::new()), plugins).build();
    /// println!("{plan}");
    /// assert_eq!(orchestrator.dry_run(&plan).await?.to_string(), "On backend:\n  version 1.0 becomes 2.0");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Incompatible`](crate::ErrorKind::Incompatible) if the plan was made for other plugins; [`InvalidInput`](crate::ErrorKind::InvalidInput)
    /// if a target cannot run the release, and a target's own errors, each with its name.
    pub async fn dry_run(&self, plan: &Plan) -> Result<DryRun> {
        plan.check_plugins(&self.0.plugins)?;
        let mut dry_run = DryRun::default();
        for described in &plan.targets {
            let Some(target) = self.0.plugins.targets.get(&described.name) else { continue };
            let changes = target.changes(&described.release).await.map_err(|error| error.with("target", &described.name))?;
            dry_run.targets.push((described.name.clone(), changes));
        }
        Ok(dry_run)
    }
}
