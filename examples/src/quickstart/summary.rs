//! What came out.

use std::{fmt, path::PathBuf};

use deployment_core::{DeploymentId, StepId, engine::Outcome};
use serde::Serialize;

use super::Timing;
use crate::{
    evidence::{Evidence, Found},
    load::LoadReport,
};

/// What came out of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The deployments, in order.
    pub deployments: Vec<Deployed>,
    /// What became of the traffic.
    pub load: LoadReport,
    /// Requests that nothing could serve.
    pub no_upstream: u64,
    /// The journals, in the order of the deployments.
    pub journals: Vec<PathBuf>,
    /// The reports, in the order of the deployments.
    pub reports: Vec<PathBuf>,
    /// What was not as it must be.
    pub faults: Vec<String>,
}

/// One deployment.
#[derive(Debug, Clone, Serialize)]
pub struct Deployed {
    /// Its id.
    pub id: DeploymentId,
    /// What was deployed.
    pub version: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How long things took.
    pub timing: Timing,
    /// The steps at which the orchestrator was killed.
    pub killed: Vec<StepId>,
    /// What its checks have found.
    pub evidence: Vec<Evidence>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Summary")?;
        for deployed in &self.deployments {
            writeln!(f, "  {deployed}")?;
        }
        writeln!(f, "  traffic: {} requests in {:.1} s, sent once each, never retried", self.load.requests, seconds(self.load.elapsed_ms))?;
        for (version, report) in &self.load.versions {
            let name = if version.is_empty() { "no version".to_owned() } else { format!("version {version}") };
            let p95 = report.latency.p95 as f64 / 1_000.0;
            writeln!(f, "    {name}: {} served, {} failed, p95 {p95:.1} ms", report.requests - report.failures, report.failures)?;
        }
        writeln!(f, "    for want of an upstream: {}", self.no_upstream)?;
        for (what, paths) in [("journal", &self.journals), ("report", &self.reports)] {
            for path in paths {
                writeln!(f, "  {what}: {}", path.display())?;
            }
        }
        match self.faults.as_slice() {
            [] => write!(f, "All as it must be: no request was lost to a deployment, and no process is left."),
            faults => write!(f, "NOT as it must be:\n  {}", faults.join("\n  ")),
        }
    }
}

impl fmt::Display for Deployed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match &self.outcome {
            Outcome::Succeeded => "succeeded".to_owned(),
            Outcome::RolledBack { cause, .. } => format!("rolled back by itself ({cause})"),
            other => format!("{other:?}"),
        };
        write!(f, "version {}: {outcome}, {:.1} s", self.version, seconds(self.timing.whole_ms))?;
        let told = [
            ("time to detect", self.timing.to_detect_ms),
            ("time to roll back", self.timing.to_roll_back_ms),
            ("until the bad version was removed", self.timing.to_clean_up_ms),
        ];
        for (what, millis) in told {
            if let Some(millis) = millis {
                write!(f, "\n    {what}: {:.2} s", seconds(millis))?;
            }
        }
        for evidence in &self.evidence {
            write!(f, "\n    {}: {}", evidence.step, found(&evidence.found))?;
        }
        if !self.killed.is_empty() {
            let steps: Vec<_> = self.killed.iter().map(StepId::as_str).collect();
            write!(f, "\n    orchestrator killed and resumed {} times: {}", steps.len(), steps.join(", "))?;
        }
        Ok(())
    }
}

/// What came out, its tests and reasons below it.
fn found(found: &Found) -> String {
    let text = match found {
        Found::Validation(result) => format!("validation {result}"),
        Found::Score(score) => format!("health score {score}"),
    };
    text.replace('\n', "\n    ")
}

fn seconds(millis: u64) -> f64 {
    millis as f64 / 1_000.0
}
