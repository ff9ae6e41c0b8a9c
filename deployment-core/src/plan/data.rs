//! Backups before what cannot be undone, and migrations at the right time.

use std::time::Duration;

use super::{BackupRule, Fault, Plan, Role, Step, Work};
use crate::{id::PluginName, migration::Phase, plugins::Plugins};

impl Plan {
    /// The backup steps that stand for a step: of every store that is backed up before it, the last one that is verified well enough.
    pub(crate) fn backups_before(&self, step: &Step) -> Vec<&Step> {
        let steps = self.steps.iter().take_while(|other| other.id != step.id);
        let mut last: Vec<(&PluginName, &Step)> = Vec::new();
        for other in steps {
            if let Work::Backup { name, level } = &other.work
                && *level >= self.policy.backup.level()
            {
                last.retain(|(store, _)| *store != name);
                last.push((name, other));
            }
        }
        last.into_iter().map(|(_, backup)| backup).collect()
    }

    pub(super) fn check_data(&self, faults: &mut Vec<Fault>) {
        for (index, step) in self.steps.iter().enumerate() {
            if step.is_irreversible() {
                self.check_backup(step, faults);
            }
            match step.work {
                Work::Migrate { phase: Phase::Expand, .. } => self.check_expand(index, step, faults),
                Work::Migrate { phase: Phase::Contract, .. } => self.check_contract(index, step, faults),
                _ => {}
            }
        }
    }

    /// Before what cannot be undone there is a backup, verified well enough, that is not bound to be too old by then.
    fn check_backup(&self, step: &Step, faults: &mut Vec<Fault>) {
        let BackupRule::Required { level, younger_than } = self.policy.backup else { return };
        let backups = self.backups_before(step);
        if backups.is_empty() {
            let message = format!(
                "step {} cannot be undone, and no backup verified as \"{level}\" or better stands before it; \
                 add one with PlanBuilder::backup, or say BackupRule::NotNeeded if the step destroys no data",
                step.id
            );
            faults.push(Fault::new("policy.backup", message));
        }
        for backup in backups {
            let between = self.steps.iter().skip_while(|other| other.id != backup.id).take_while(|other| other.id != step.id);
            let waits: Duration = between.map(|step| step.work.wait()).sum();
            if waits >= younger_than {
                let message = format!(
                    "step {} cannot be undone, and the waits since {} alone take {} s, which makes that backup older than {} s; \
                     put another backup between them",
                    step.id,
                    backup.id,
                    waits.as_secs(),
                    younger_than.as_secs()
                );
                faults.push(Fault::new("policy.backup", message));
            }
        }
    }

    /// What the new version needs is there before it has traffic.
    fn check_expand(&self, index: usize, step: &Step, faults: &mut Vec<Fault>) {
        if let Some(early) = self.steps.iter().take(index).find(|other| other.gives_traffic()) {
            let message = format!("step {} expands after {} has given traffic; put it before", step.id, early.id);
            faults.push(Fault::new("migration.phase", message));
        }
    }

    /// What only the old version needs goes when the old version is gone from every target.
    fn check_contract(&self, index: usize, step: &Step, faults: &mut Vec<Fault>) {
        for target in &self.targets {
            let of_target = |other: &&Step| other.target.as_ref() == Some(&target.name);
            let gone = self.steps.iter().take(index).filter(of_target).any(|other| other.work.removes_stable());
            let later = self.steps.iter().skip(index).find(of_target);
            let why = match later {
                Some(later) => format!("before {}", later.id),
                None if gone => continue,
                None => format!("while the old version stays on {}", target.name),
            };
            let message = format!("step {} contracts {why}; put it after the old version is removed", step.id);
            faults.push(Fault::new("migration.phase", message));
        }
    }

    /// What is wrong with backups and migrations given the plugins.
    pub(super) fn data_faults_with(&self, plugins: &Plugins) -> Vec<Fault> {
        let mut faults = Vec::new();
        for step in &self.steps {
            match &step.work {
                Work::Backup { name, .. } if !plugins.backups.contains_key(name) => {
                    faults.push(Fault::new("plugin", format!("there is no backup named {name}; register it with Plugins::backup")));
                }
                Work::Migrate { name, phase } => match plugins.migrations.get(name) {
                    None => {
                        faults
                            .push(Fault::new("plugin", format!("there is no migration named {name}; register it with Plugins::migration")));
                    }
                    Some(known) => {
                        let made = Step::migration(step.id.as_str(), name.as_str(), known.as_ref()).ok();
                        let kept = made.is_some_and(|made| made.compensation == step.compensation && known.phase() == *phase);
                        if !kept {
                            let message = format!("step {} is not what the migration {name} says it is; use PlanBuilder::migrate", step.id);
                            faults.push(Fault::new("migration.phase", message));
                        }
                    }
                },
                Work::Action { name } if plugins.migrations.contains_key(name) => {
                    let message = format!("step {} runs the migration {name} as an action; use PlanBuilder::migrate", step.id);
                    faults.push(Fault::new("plugin", message));
                }
                _ => {}
            }
        }
        faults
    }
}

impl Work {
    /// The least time that a wait takes.
    fn wait(&self) -> Duration {
        match self {
            Self::Bake { duration, .. } | Self::Pause { duration } => *duration,
            _ => Duration::ZERO,
        }
    }

    fn removes_stable(&self) -> bool {
        matches!(self, Self::Retire { role: Role::Stable } | Self::Replace { role: Role::Candidate, .. })
    }
}
