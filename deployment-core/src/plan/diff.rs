//! What two plans do differently.

use std::fmt;

use super::Plan;
use crate::id::StepId;

/// One difference between two plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A field outside the steps.
    Field {
        /// Which.
        field: &'static str,
        /// What it was.
        old: String,
        /// What it is.
        new: String,
    },
    /// A step that only the old plan has.
    Removed(StepId),
    /// A step that only the new plan has.
    Added(StepId),
    /// A step that both have, but not the same.
    Changed(StepId),
    /// The steps that both have come in another order.
    Reordered,
}

/// The differences between two plans, in the new one's order. Empty if they do the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanDiff(Vec<Change>);

impl PlanDiff {
    /// The differences.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.0
    }
}

impl Plan {
    /// What `new` does differently.
    #[must_use]
    pub fn diff(&self, new: &Self) -> PlanDiff {
        let mut changes: Vec<Change> = [
            ("format", self.format.to_string(), new.format.to_string()),
            ("service", self.service.to_string(), new.service.to_string()),
            ("author", self.author.to_string(), new.author.to_string()),
            ("release", self.release.to_string(), new.release.to_string()),
            ("artifact", format!("{:?}", self.release.artifact), format!("{:?}", new.release.artifact)),
            ("commit", format!("{:?}", self.release.commit), format!("{:?}", new.release.commit)),
            ("notes", self.release.notes.clone(), new.release.notes.clone()),
            ("settings", format!("{:?}", self.release.settings), format!("{:?}", new.release.settings)),
            ("environment", self.environment.to_string(), new.environment.to_string()),
            ("strategy", self.strategy.clone(), new.strategy.clone()),
            ("targets", format!("{:?}", self.targets), format!("{:?}", new.targets)),
            ("plugins", format!("{:?}", self.plugins), format!("{:?}", new.plugins)),
            ("guards", format!("{:?}", self.guards), format!("{:?}", new.guards)),
            ("notices", format!("{:?}", self.notices), format!("{:?}", new.notices)),
            ("policy", format!("{:?}", self.policy), format!("{:?}", new.policy)),
        ]
        .into_iter()
        .filter(|(_, old, new)| old != new)
        .map(|(field, old, new)| Change::Field { field, old, new })
        .collect();
        changes.extend(self.steps.iter().filter(|old| new.step(old.id.as_str()).is_none()).map(|old| Change::Removed(old.id.clone())));
        for step in &new.steps {
            match self.step(step.id.as_str()) {
                None => changes.push(Change::Added(step.id.clone())),
                Some(old) if old != step => changes.push(Change::Changed(step.id.clone())),
                Some(_) => {}
            }
        }
        let order = |one: &Self, other: &Self| {
            one.steps.iter().map(|step| step.id.clone()).filter(|id| other.step(id.as_str()).is_some()).collect::<Vec<_>>()
        };
        if order(self, new) != order(new, self) {
            changes.push(Change::Reordered);
        }
        PlanDiff(changes)
    }
}

impl fmt::Display for PlanDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the same");
        }
        for (i, change) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { "\n" };
            match change {
                Change::Field { field, old, new } => write!(f, "{separator}~ {field}: {old} → {new}")?,
                Change::Removed(step) => write!(f, "{separator}- {step}")?,
                Change::Added(step) => write!(f, "{separator}+ {step}")?,
                Change::Changed(step) => write!(f, "{separator}~ {step}")?,
                Change::Reordered => write!(f, "{separator}~ the order of steps")?,
            }
        }
        Ok(())
    }
}
