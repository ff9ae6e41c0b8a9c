//! A plan for people: what a dry run prints.

use std::fmt;

use super::{Compensation, Plan, Step, Work};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Deploy {} to {}, asked for by {}", self.release, self.environment, self.author)?;
        writeln!(f, "Strategy: {}", self.strategy)?;
        for target in &self.targets {
            let capacity = target.capacity;
            writeln!(
                f,
                "Target {}: {}, {} instances, at least {} healthy ({})",
                target.name, target.release, capacity.desired, capacity.minimum, target.description
            )?;
        }
        if !self.guards.is_empty() {
            writeln!(f, "Guards: {}", self.guards.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))?;
        }
        for notice in &self.notices {
            writeln!(f, "Tells {} what is {} or worse", notice.notifier, notice.from)?;
        }
        for (number, step) in self.steps.iter().enumerate() {
            writeln!(f, "{:>3}. {:<28} {}", number + 1, step.id, line(step))?;
        }
        if self.steps.iter().any(|step| step.work == Work::Commit) {
            writeln!(f, "Commit points: what comes before one is not rolled back by a failure after it.")?;
        }
        write!(f, "At most {} s, without the time that nobody drives", self.forward_budget().as_secs())
    }
}

fn line(step: &Step) -> String {
    let mut line = step.work.to_string();
    for gate in &step.gates {
        line += &format!(", once {gate} passes");
    }
    match step.compensation {
        Compensation::PointOfNoReturn => line += " — point of no return",
        Compensation::Finally => line += " — undone on every way out",
        Compensation::Undo | Compensation::NotNeeded => {}
    }
    line
}
