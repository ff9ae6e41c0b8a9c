//! What may go wrong with a plan that is carried out just as it says.

use std::time::Duration;

use super::{BackupRule, Fault, Inconclusive, Plan, SickStable, Step, Work, budget::total, render::words};

impl Plan {
    /// What may go wrong although nothing is wrong with the plan: the field, what may happen, and the fix. A dry run prints them.
    #[must_use]
    pub fn warnings(&self) -> Vec<Fault> {
        let irreversible = self.steps.iter().filter(|step| step.is_irreversible());
        let mut warnings: Vec<_> = irreversible.flat_map(|step| self.aging_backups(step)).collect();
        if let SickStable::Deploy { release } = &self.policy.on_sick_stable
            && let [first, rest @ ..] = self.targets.as_slice()
            && rest.iter().any(|target| !target.release.runs_the_same_as(&first.release))
        {
            let message =
                format!("{release} is deployed on whichever target is sick, but each has a release of its own; deploy them apart");
            warnings.push(Fault::new("policy.on_sick_stable", message));
        }
        warnings
    }

    /// The backups that may be too old when this step begins, if every step between takes as long as it may.
    fn aging_backups(&self, step: &Step) -> Vec<Fault> {
        let BackupRule::Required { younger_than, .. } = self.policy.backup else { return Vec::new() };
        let asks = self.policy.on_inconclusive == Inconclusive::Ask;
        let longest = |between: &Step| {
            let asked = if asks && matches!(between.work, Work::Bake { .. }) { between.deadline } else { Duration::ZERO };
            between.budget().saturating_add(asked)
        };
        let own_gates = if step.gates.is_empty() { Duration::ZERO } else { step.gate_deadline };
        let since = |backup: &Step| {
            let between = self.steps.iter().skip_while(|other| other.id != backup.id).skip(1).take_while(|other| other.id != step.id);
            total(between.map(longest).chain([own_gates]))
        };
        let aging = self.backups_before(step).into_iter().map(|backup| (backup, since(backup)));
        aging.filter(|(_, since)| *since >= younger_than).map(|(backup, since)| too_old(step, backup, since, younger_than)).collect()
    }
}

fn too_old(step: &Step, backup: &Step, since: Duration, younger_than: Duration) -> Fault {
    let store = backup.work.action().map_or("", |name| name.as_str());
    let fix = if !step.gates.is_empty() && step.gate_deadline >= younger_than {
        format!("its own gates may wait that long: put them before a backup of {store} right before it")
    } else {
        format!("back up once more right before it, with PlanBuilder::refresh_backup(\"{store}\") or a Step::backup of your own")
    };
    let message = format!(
        "{} wants {} less than {} old, but what comes between may take {}, and a deployment that is past its point of no return then halts \
         there; {fix}, or allow more in BackupRule::younger_than",
        step.id,
        backup.id,
        words(younger_than),
        words(since)
    );
    Fault::new("policy.backup", message)
}
