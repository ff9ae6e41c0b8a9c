//! The plugins of a tool, by name.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{
    action::Action,
    backup::BackupProvider,
    error::{Error, ErrorKind, Result},
    gate::Gate,
    id::{PluginName, TargetName},
    migration::{Migration, MigrationAction},
    notify::Notifier,
    target::Target,
    watch::Watch,
};

/// The targets, gates, watches, actions, backups, migrations and notifiers that plans of a tool may name. Each is given as a value, or as
/// an `Arc` if it is used elsewhere too.
///
/// ```
/// use deployment_core::{Plugins, gate::ApprovalGate, memory::MemoryTarget};
///
/// let plugins = Plugins::new()
///     .target("backend", MemoryTarget::builder().build())?
///     .gate("release-manager", ApprovalGate::by(1))?;
/// let twice = plugins.gate("release-manager", ApprovalGate::by(2)).unwrap_err();
/// assert!(twice.to_string().contains("release-manager"));
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Plugins {
    pub(crate) targets: BTreeMap<TargetName, Arc<dyn Target>>,
    pub(crate) gates: BTreeMap<PluginName, Arc<dyn Gate>>,
    pub(crate) watches: BTreeMap<PluginName, Watch>,
    pub(crate) actions: BTreeMap<PluginName, Arc<dyn Action>>,
    pub(crate) backups: BTreeMap<PluginName, Arc<dyn BackupProvider>>,
    /// Each is among the actions too: that is how it is carried out.
    pub(crate) migrations: BTreeMap<PluginName, Arc<dyn Migration>>,
    pub(crate) notifiers: BTreeMap<PluginName, Arc<dyn Notifier>>,
}

impl Plugins {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a target.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if the name is bad or taken.
    pub fn target(mut self, name: &str, target: impl Target) -> Result<Self> {
        let name = TargetName::new(name)?;
        if self.targets.insert(name.clone(), Arc::new(target)).is_some() {
            return Err(taken(name.as_str()));
        }
        Ok(self)
    }

    /// Adds a gate.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if the name is bad, or taken by any gate, watch, action, backup or migration.
    pub fn gate(mut self, name: &str, gate: impl Gate) -> Result<Self> {
        let name = self.free(name)?;
        self.gates.insert(name, Arc::new(gate));
        Ok(self)
    }

    /// Adds a watch.
    ///
    /// # Errors
    /// As [`Plugins::gate`].
    pub fn watch(mut self, name: &str, watch: Watch) -> Result<Self> {
        let name = self.free(name)?;
        self.watches.insert(name, watch);
        Ok(self)
    }

    /// Adds an action.
    ///
    /// # Errors
    /// As [`Plugins::gate`].
    pub fn action(mut self, name: &str, action: impl Action) -> Result<Self> {
        let name = self.free(name)?;
        self.actions.insert(name, Arc::new(action));
        Ok(self)
    }

    /// Adds a provider of backups, for [`PlanBuilder::backup`](crate::plan::PlanBuilder::backup).
    ///
    /// # Errors
    /// As [`Plugins::gate`].
    pub fn backup(mut self, name: &str, provider: impl BackupProvider) -> Result<Self> {
        let name = self.free(name)?;
        self.backups.insert(name, Arc::new(provider));
        Ok(self)
    }

    /// Adds a migration, for [`PlanBuilder::migrate`](crate::plan::PlanBuilder::migrate).
    ///
    /// # Errors
    /// As [`Plugins::gate`].
    pub fn migration(mut self, name: &str, migration: impl Migration) -> Result<Self> {
        let name = self.free(name)?;
        let migration: Arc<dyn Migration> = Arc::new(migration);
        self.actions.insert(name.clone(), Arc::new(MigrationAction(Arc::clone(&migration))));
        self.migrations.insert(name, migration);
        Ok(self)
    }

    /// Adds a notifier. It gets the events of every deployment whose plan does not say otherwise
    /// ([`PlanBuilder::notify`](crate::plan::PlanBuilder::notify)).
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if the name is bad or taken by another notifier.
    pub fn notifier(mut self, name: &str, notifier: impl Notifier) -> Result<Self> {
        let name = PluginName::new(name)?;
        if self.notifiers.insert(name.clone(), Arc::new(notifier)).is_some() {
            return Err(taken(name.as_str()));
        }
        Ok(self)
    }

    /// What a gate, watch, action, backup or migration says it is; `None` if there is none of this name.
    #[must_use]
    pub fn describe(&self, name: &PluginName) -> Option<String> {
        let gate = self.gates.get(name).map(|gate| format!("gate: {}", gate.describe()));
        let watch = || self.watches.get(name).map(|watch| format!("watch: {}", watch.describe()));
        let backup = || self.backups.get(name).map(|backup| format!("backup: {}", backup.describe()));
        let action = || {
            let kind = if self.migrations.contains_key(name) { "migration" } else { "action" };
            self.actions.get(name).map(|action| format!("{kind}: {}", action.describe()))
        };
        gate.or_else(watch).or_else(backup).or_else(action)
    }

    fn free(&self, name: &str) -> Result<PluginName> {
        let name = PluginName::new(name)?;
        if self.describe(&name).is_some() { Err(taken(name.as_str())) } else { Ok(name) }
    }
}

fn taken(name: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, "register plugin", format!("the name {name} is taken; give each plugin a name of its own"))
}

impl fmt::Debug for Plugins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugins")
            .field("targets", &self.targets.keys())
            .field("gates", &self.gates.keys())
            .field("watches", &self.watches.keys())
            .field("actions", &self.actions.keys())
            .field("backups", &self.backups.keys())
            .field("migrations", &self.migrations.keys())
            .field("notifiers", &self.notifiers.keys())
            .finish()
    }
}
