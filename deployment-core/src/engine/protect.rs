//! Before what cannot be undone: a backup, verified well enough, young enough.

use super::{
    course::StepRun,
    state::{State, Track},
};
use crate::{
    plan::{BackupRule, Step},
    time::Timestamp,
};

impl State {
    /// Why a step that cannot be undone must not begin now, by what is journalled of the backups before it.
    ///
    /// A step of which some has happened already goes on: the promise was kept when it began.
    pub(crate) fn unprotected(&self, step: &Step, run: &StepRun, now: Timestamp) -> Option<String> {
        let BackupRule::Required { level, younger_than } = self.plan.policy.backup else { return None };
        if self.track() != Track::Forward || !step.is_irreversible() || run.partial {
            return None;
        }
        let backups = self.plan.backups_before(step);
        if backups.is_empty() {
            return Some(format!("{} cannot be undone, and the plan has no backup before it", step.id));
        }
        backups.into_iter().find_map(|planned| {
            let made = self.forward.find(&planned.id).and_then(|(_, run)| run.backup.as_deref());
            let Some(made) = made.filter(|made| made.verified >= Some(level)) else {
                return Some(format!("{} cannot be undone, and the backup of {} is not verified as \"{level}\"", step.id, planned.id));
            };
            let age = now.since(made.taken_at);
            (age >= younger_than).then(|| {
                format!(
                    "{} cannot be undone, and the backup {} is {} s old, it must be younger than {} s",
                    step.id,
                    made.name,
                    age.as_secs(),
                    younger_than.as_secs()
                )
            })
        })
    }
}
