//! A plan for people: what a dry run prints.

use std::{fmt, time::Duration};

use super::{Attendance, BackupRule, Compensation, Inconclusive, Plan, Policy, Redeploy, SickStable, Step, WayBack, Work};

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
        for line in policy(&self.policy) {
            writeln!(f, "{line}")?;
        }
        for warning in self.warnings() {
            writeln!(f, "Warning: {}: {}", warning.field, warning.message)?;
        }
        let (forward, back) = (words(self.forward_budget()), words(self.rollback_budget()));
        write!(f, "At most {forward} forward and {back} back, without the time that nobody drives")
    }
}

/// A line for each thing that may go otherwise than forward.
fn policy(policy: &Policy) -> Vec<String> {
    let inconclusive = match policy.on_inconclusive {
        Inconclusive::RollBack => "roll back",
        Inconclusive::Halt => "halt, a person decides",
        Inconclusive::Ask => "ask a person, for the bake's deadline once more; then roll back",
    };
    let sick = match &policy.on_sick_stable {
        SickStable::Halt => "halt, a person decides".to_owned(),
        SickStable::Deploy { release } => format!("deploy the last known good, {release}"),
    };
    let backup = match policy.backup {
        BackupRule::Required { level, younger_than } => {
            format!("a backup, verified: {level} or better, less than {} old", words(younger_than))
        }
        BackupRule::NotNeeded => "no backup is needed".to_owned(),
    };
    let attendance = match policy.attendance {
        Attendance::Attended => "always driven",
        Attendance::Unattended => "may be left alone",
    };
    let mut lines = vec![
        format!("Way back: {}", way_back(&policy.way_back)),
        format!("A bake without an answer: {inconclusive}"),
        format!("A stable revision that is sick too: {sick}"),
        format!("Before what cannot be undone: {backup}"),
        format!("A candidate with traffic: {attendance}"),
    ];
    if policy.redeploy == Redeploy::Force {
        lines.push("A release that is stable already: deployed again".to_owned());
    }
    lines.extend(policy.expected_duration.map(|usual| format!("Usually done within {}; an overrun is told", words(usual))));
    lines
}

fn way_back(way: &WayBack) -> String {
    match way {
        WayBack::Immediate => "all traffic at once".to_owned(),
        WayBack::Ramped { shares, pause } => {
            let shares: Vec<_> = shares.iter().map(ToString::to_string).collect();
            format!("the candidate's traffic falls {}, {} each; at once if it fails meanwhile", shares.join(" → "), words(*pause))
        }
    }
}

fn line(step: &Step) -> String {
    let mut line = step.work.to_string();
    for gate in &step.gates {
        line += &format!(", once {gate} passes (at most {})", words(step.gate_deadline));
    }
    if !matches!(step.work, Work::Pause { .. } | Work::Commit) {
        line += &format!(" [{}]", words(step.deadline));
    }
    match step.compensation {
        Compensation::PointOfNoReturn => line += " — point of no return",
        Compensation::Finally => line += " — undone on every way out",
        Compensation::Undo | Compensation::NotNeeded => {}
    }
    line
}

/// `45 s`, `7 min`, `1 h 30 min`: from a minute on in whole seconds, rounded up.
pub(super) fn words(duration: Duration) -> String {
    if duration < Duration::from_secs(60) {
        return format!("{} s", duration.as_secs_f64());
    }
    let seconds = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
    let parts = [(seconds / 3_600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}"));
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::words;

    #[test]
    fn durations_read_as_people_say_them() {
        let said = [(0, "0 s"), (500, "0.5 s"), (59_000, "59 s"), (60_000, "1 min"), (90_500, "1 min 31 s"), (5_400_000, "1 h 30 min")];
        for (millis, words_for_it) in said.into_iter().chain([(86_400_000, "24 h"), (3_601_000, "1 h 1 s")]) {
            assert_eq!(words(Duration::from_millis(millis)), words_for_it);
        }
    }
}
