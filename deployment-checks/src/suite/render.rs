//! A result in words: for a terminal, and in brief for a deployment's journal.

use std::fmt;

use super::{Outcome, TestCounts, TestResult, ValidationResult, run::word};

/// The most tests that the brief form names.
const NAMED: usize = 5;

/// The longest that the brief form gets, in characters.
const BRIEF: usize = 1_500;

impl ValidationResult {
    /// One line: the message, and why the first tests that have not passed have not.
    pub(super) fn evidence(&self) -> String {
        let mut evidence = format!("{} {}: {}", self.name, word(self.outcome), self.message);
        let ran = self.tests().filter(|test| test.outcome != Outcome::Passed && !test.tries.is_empty());
        for test in ran.take(NAMED) {
            evidence.push_str(&format!("; {}: {}", test.name, one_line(&test.message)));
        }
        match evidence.char_indices().nth(BRIEF) {
            Some((end, _)) => format!("{}…", &evidence[..end]),
            None => evidence,
        }
    }
}

/// A line for each test: what it came to, its name, and why unless all is well.
impl fmt::Display for ValidationResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        write!(f, "{}: {} in {seconds:.1} s", self.name, word(self.outcome))?;
        if let Some(subject) = &self.subject {
            write!(f, " at {subject}")?;
        }
        for suite in &self.suites {
            let counts = TestCounts::of(&suite.tests);
            write!(f, "\n  {}: {}, {} of {} tests passed", suite.name, word(suite.outcome), counts.passed, counts.all)?;
            if suite.outcome == Outcome::Skipped {
                continue;
            }
            write!(f, " in {:.1} s", suite.took.as_secs_f64())?;
            for test in &suite.tests {
                write!(f, "\n    {}", line(test))?;
            }
        }
        Ok(())
    }
}

fn line(test: &TestResult) -> String {
    let mark = match test.outcome {
        Outcome::Passed => "pass",
        Outcome::Warned => "warn",
        Outcome::Failed => "FAIL",
        Outcome::Undecided => "????",
        Outcome::Skipped => "skip",
    };
    let mut line = format!("{mark} {} ({:.1} s", test.name, test.took.as_secs_f64());
    if test.tries.len() > 1 {
        line.push_str(&format!(", {} tries", test.tries.len()));
    }
    line.push(')');
    if test.outcome != Outcome::Passed {
        line.push_str(&format!(": {}", one_line(&test.message)));
    }
    line
}

/// Without line breaks and other control characters, which could pretend to be another test's line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
