//! What can be wrong with a plan.

use std::{collections::BTreeSet, fmt, time::Duration};

use super::{Notice, PLAN_FORMAT, Plan, Role, Step, WayBack, Work};
use crate::{
    error::{Error, ErrorKind},
    id::PluginName,
    plugins::Plugins,
    share::Percent,
};

/// One thing that is wrong with a plan: the field, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub field: &'static str,
    /// What, and the fix.
    pub message: String,
}

impl Fault {
    pub(super) fn new(field: &'static str, message: impl fmt::Display) -> Self {
        Self { field, message: message.to_string() }
    }
}

/// Everything that is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFaults(Vec<Fault>);

impl PlanFaults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self(faults)
    }

    /// The faults, in the order in which they were found.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.0
    }
}

impl fmt::Display for PlanFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            write!(f, "{}{}: {}", if i == 0 { "" } else { "; " }, fault.field, fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for PlanFaults {}

impl From<PlanFaults> for Error {
    fn from(faults: PlanFaults) -> Self {
        let message = format!("the plan has {} faults", faults.0.len());
        Error::new(ErrorKind::InvalidInput, "build plan", message).because(faults)
    }
}

impl Plan {
    /// Everything that is wrong with the plan by itself.
    ///
    /// # Errors
    /// [`PlanFaults`], all of them.
    pub fn validate(&self) -> Result<(), PlanFaults> {
        let faults = self.faults();
        if faults.is_empty() { Ok(()) } else { Err(PlanFaults(faults)) }
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.format != PLAN_FORMAT {
            faults.push(Fault::new("format", format!("{} is not known here; this build reads format {PLAN_FORMAT}", self.format)));
        }
        if self.steps.is_empty() {
            faults.push(Fault::new("steps", "there is none; deploy to at least one target or add a step"));
        }
        self.check_targets(&mut faults);
        self.check_steps(&mut faults);
        self.check_data(&mut faults);
        if let WayBack::Ramped { shares, .. } = &self.policy.way_back
            && !shares.windows(2).all(|pair| pair[0] > pair[1])
        {
            faults.push(Fault::new("policy.way_back.shares", "the shares must fall"));
        }
        faults
    }

    fn check_targets(&self, faults: &mut Vec<Fault>) {
        let mut seen = BTreeSet::new();
        for target in &self.targets {
            if !seen.insert(&target.name) {
                faults.push(Fault::new("target", format!("{} is deployed to twice; a target takes part once", target.name)));
            }
            if target.capacity.desired == 0 {
                faults.push(Fault::new("capacity.desired", format!("is 0 on target {}; give at least 1", target.name)));
            }
            if target.capacity.minimum > target.capacity.desired {
                let message = format!(
                    "{} of {} on target {}; the minimum cannot be more",
                    target.capacity.minimum, target.capacity.desired, target.name
                );
                faults.push(Fault::new("capacity.minimum", message));
            }
        }
    }

    fn check_steps(&self, faults: &mut Vec<Fault>) {
        let mut seen = BTreeSet::new();
        for step in &self.steps {
            if !seen.insert(&step.id) {
                faults.push(Fault::new("step.id", format!("{} appears twice; give each step a name of its own", step.id)));
            }
            if step.deadline == Duration::ZERO {
                faults.push(Fault::new("step.deadline", format!("is zero for step {}; give it some time", step.id)));
            }
            match &step.target {
                Some(target) if self.target(target).is_none() => {
                    faults.push(Fault::new(
                        "step.target",
                        format!("step {} names target {target}, which the plan does not deploy to", step.id),
                    ));
                }
                None if step.work.needs_target() => {
                    faults.push(Fault::new("step.target", format!("step {} needs a target to \"{}\"", step.id, step.work)));
                }
                _ => {}
            }
        }
        for target in &self.targets {
            self.check_rise(target.name.as_str(), faults);
        }
    }

    /// On the way forward a candidate's share only rises.
    fn check_rise(&self, target: &str, faults: &mut Vec<Fault>) {
        let mut before = Percent::ZERO;
        for step in self.steps.iter().filter(|step| step.target.as_ref().is_some_and(|name| name.as_str() == target)) {
            if let Work::Route { to: Role::Candidate, share, .. } = step.work {
                if share < before || (share == before && share > Percent::ZERO) {
                    faults.push(Fault::new(
                        "step.share",
                        format!("step {} routes {share} after {before}; the candidate's share must rise", step.id),
                    ));
                }
                before = share;
            }
        }
    }

    /// Everything that is wrong with the plan given the plugins.
    pub(crate) fn faults_with(&self, plugins: &Plugins) -> Vec<Fault> {
        let mut faults = Vec::new();
        let unknown = |kind: &str, name: &PluginName| {
            Fault::new("plugin", format!("there is no {kind} named {name}; register it with Plugins::{kind}"))
        };
        for step in &self.steps {
            faults.extend(step.gates.iter().filter(|name| !plugins.gates.contains_key(*name)).map(|name| unknown("gate", name)));
            faults
                .extend(step.work.watches().iter().filter(|name| !plugins.watches.contains_key(*name)).map(|name| unknown("watch", name)));
            if let Work::Action { name } | Work::Undo { name, .. } = &step.work
                && !plugins.actions.contains_key(name)
            {
                faults.push(unknown("action", name));
            }
        }
        faults.extend(self.data_faults_with(plugins));
        faults.extend(self.notice_faults(plugins));
        faults.extend(self.guards.iter().filter(|name| !plugins.watches.contains_key(*name)).map(|name| unknown("watch", name)));
        faults.dedup();
        faults
    }

    fn notice_faults(&self, plugins: &Plugins) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (index, Notice { notifier, .. }) in self.notices.iter().enumerate() {
            if !plugins.notifiers.contains_key(notifier) {
                let message = format!("there is no notifier named {notifier}; register it with Plugins::notifier");
                faults.push(Fault::new("notices", message));
            }
            if self.notices.iter().take(index).any(|earlier| earlier.notifier == *notifier) {
                faults.push(Fault::new("notices", format!("{notifier} is named twice; name it once, with the lower severity")));
            }
        }
        faults
    }

    /// Every gate, watch, action, backup and migration that the plan names.
    pub(crate) fn named_plugins(&self) -> BTreeSet<PluginName> {
        let of_steps = self.steps.iter().flat_map(|step| step.gates.iter().chain(step.work.watches()).chain(step.work.action()));
        of_steps.chain(&self.guards).cloned().collect()
    }

    /// Refuses to go on with plugins that are missing or are not what they were when the plan was approved.
    ///
    /// # Errors
    /// [`Incompatible`](ErrorKind::Incompatible) that names each of them.
    pub fn check_plugins(&self, plugins: &Plugins) -> crate::Result<()> {
        let mut wrong = Vec::new();
        for target in &self.targets {
            match plugins.targets.get(&target.name) {
                None => wrong.push(format!("target {} is missing", target.name)),
                Some(known) if known.describe() != target.description => {
                    wrong.push(format!(
                        "target {} is now \"{}\", the plan was made for \"{}\"",
                        target.name,
                        known.describe(),
                        target.description
                    ));
                }
                Some(known) => wrong.extend(
                    known
                        .capabilities()
                        .missing(&target.needs)
                        .iter()
                        .map(|missing| format!("target {} cannot {missing} any more", target.name)),
                ),
            }
        }
        for name in self.named_plugins() {
            match (plugins.describe(&name), self.plugins.get(&name)) {
                (None, _) => wrong.push(format!("plugin {name} is missing")),
                (Some(now), Some(then)) if now != *then => {
                    wrong.push(format!("plugin {name} is now \"{now}\", the plan was made for \"{then}\""));
                }
                _ => {}
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let message = format!("{}; register what the plan was made with, or make a new plan", wrong.join("; "));
        Err(Error::new(ErrorKind::Incompatible, "check plugins", message))
    }
}

impl Step {
    /// Whether it gives a candidate production traffic.
    #[must_use]
    pub fn gives_traffic(&self) -> bool {
        match &self.work {
            Work::Route { to: Role::Candidate, share, .. } => *share > Percent::ZERO,
            Work::Replace { role: Role::Candidate, .. } => true,
            _ => false,
        }
    }
}

impl Work {
    fn needs_target(&self) -> bool {
        (self.has_effect() && self.action().is_none())
            || matches!(self, Self::Drain { .. } | Self::Verify | Self::Check { .. } | Self::Bake { .. })
    }
}
