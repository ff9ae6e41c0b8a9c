//! What a comparison found, as data.

use std::fmt;

use deployment_core::time::Window;
use serde::{Deserialize, Serialize};

use super::{Limit, Weight};

/// What a limit, or all of them together, came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// An advisory limit does not hold.
    Warn,
    /// It does not hold.
    Fail,
    /// Nobody can tell.
    Unknown,
}

/// One limit, and what was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What is limited: `requests`, or the name that a rate or number was given.
    pub name: String,
    /// The limit.
    pub limit: Limit,
    /// What a breach means.
    pub weight: Weight,
    /// The measure before: percent for error and success rates, seconds for latencies, per second for rates, else the number's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<f64>,
    /// The same after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<f64>,
    /// Whether it holds.
    pub verdict: Verdict,
    /// Why, in words, without secrets.
    pub reason: String,
}

/// What was found about a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The stretch of time before.
    pub before: Window,
    /// The stretch of time after.
    pub after: Window,
    /// One per limit, in the order in which they were given.
    pub findings: Vec<Finding>,
}

impl Comparison {
    /// Fail if a limit failed; else unknown if a critical one is; else warn if an advisory one does not hold.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.findings.iter().any(|finding| finding.verdict == verdict);
        let critical = |finding: &Finding| finding.verdict == Verdict::Unknown && finding.weight == Weight::Critical;
        match () {
            () if any(Verdict::Fail) => Verdict::Fail,
            () if self.findings.iter().any(critical) => Verdict::Unknown,
            () if any(Verdict::Warn) => Verdict::Warn,
            () => Verdict::Pass,
        }
    }

    /// The findings with this verdict.
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.verdict == verdict)
    }

    /// The reasons of the findings with this verdict, in one line.
    #[must_use]
    pub fn reasons(&self, verdict: Verdict) -> String {
        self.with(verdict).map(Finding::to_string).collect::<Vec<_>>().join("; ")
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.name, self.reason, self.limit)
    }
}

/// One line per limit.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, after, findings } = self;
        write!(f, "{} to {} against {} to {}", after.from, after.to, before.from, before.to)?;
        for finding in findings {
            let verdict = match finding.verdict {
                Verdict::Pass => "pass",
                Verdict::Warn => "warn",
                Verdict::Fail => "fail",
                Verdict::Unknown => "unknown",
            };
            write!(f, "\n{verdict:8}{finding}")?;
        }
        Ok(())
    }
}
